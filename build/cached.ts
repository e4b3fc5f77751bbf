import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

const cache = 'node_modules/.cache/tfjs-bayesian';

/** The bytes of a file, if there is one. */
export const readIfThere = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};

/** The same for the same files of a folder and the same settings. */
const fingerprint = (folder: string, settings: string): string => {
  const names = readdirSync(folder).sort();
  const hash = createHash('sha256').update(JSON.stringify([names, settings]));
  for (const name of names) hash.update(readFileSync(join(folder, name))).update('\0');
  return hash.digest('hex').slice(0, 16);
};

/**
 * What is made of the files of a folder, or the same from the cache while nothing has changed.
 *
 * @param name of the file in the cache, to which a fingerprint is added
 * @param settings what else the result depends on
 */
export const cached = async (
  root: string,
  name: string,
  folder: string,
  settings: string,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> => {
  const ending = extname(name);
  const print = fingerprint(join(root, folder), settings);
  const path = join(root, cache, `${name.slice(0, name.length - ending.length)}-${print}${ending}`);
  const known = readIfThere(path);
  if (known !== undefined) return known;
  const made = await make();
  mkdirSync(dirname(path), { recursive: true });
  // By way of another name: a second build at the same time must not read half a file.
  const whole = `${path}.${process.pid}`;
  writeFileSync(whole, made);
  renameSync(whole, path);
  return made;
};
