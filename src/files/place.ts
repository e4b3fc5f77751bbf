import type { Node } from './node.ts';

/** Where a path leads once its links are followed. */
export type Place =
  /** A descriptor of this process, as `/dev/stdout` is. */
  | { readonly _tag: 'Descriptor'; readonly descriptor: number }
  /** A descriptor of another process, which its link alone leads to. */
  | { readonly _tag: 'Link'; readonly file: string }
  /** A file that is there or is to be, in a folder that is there. */
  | { readonly _tag: 'File'; readonly folder: string; readonly file: string };

/** As many links as Linux follows. */
const MOST_LINKS = 40;

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** What is asked of a file, or `undefined` where there is none. */
export const ifThere = async <A>(asked: Promise<A>): Promise<A | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const folderAt = async ({ files, path }: Node, given: string): Promise<string> => {
  const folder = await files.realpath(given).catch((error: unknown) =>
    // Some drives of Windows have no real path.
    codeOf(error) === 'ENOENT' ? undefined : path.resolve(given),
  );
  if (folder === undefined) throw new Error(`the folder ${given} does not exist`);
  const found = await files.stat(folder).catch(() => undefined);
  if (found?.isDirectory() === false) throw new Error(`${given} is not a folder`);
  return folder;
};

/** The process whose descriptors are in a folder. */
const processOf = (folder: string): number | undefined => {
  // Elsewhere than on Linux it lists those of whoever looks.
  if (folder === '/dev/fd') return process.pid;
  const found = /^\/proc\/(\d+)\/(?:task\/\d+\/)?fd$/.exec(folder)?.[1];
  return found === undefined ? undefined : Number(found);
};

/**
 * Follows the links of a path one by one, since the last one may point to what is not there yet, and since those of
 * descriptors are no paths: a pipe has none, and the file behind `> file` must not be replaced under its writer.
 *
 * @throws Error if the folder is not there, and for what no file can be called
 */
export const placeOf = async (system: Node, given: string, links = 0): Promise<Place> => {
  const { files, path } = system;
  if (given.endsWith(path.sep) || given.endsWith('/')) throw new Error(`${given} is the path of a folder`);
  // The folder is not resolved by its text: behind a link, `..` is the folder above what it points to.
  const folder = await folderAt(system, path.dirname(given));
  const name = path.basename(given);
  const file = path.join(folder, name);
  const owner = processOf(folder);
  if (owner !== undefined && /^\d+$/.test(name)) {
    return owner === process.pid ? { _tag: 'Descriptor', descriptor: Number(name) } : { _tag: 'Link', file };
  }
  const found = await ifThere(files.lstat(file));
  if (!found?.isSymbolicLink()) return { _tag: 'File', folder, file };
  if (links === MOST_LINKS) throw new Error(`more than ${MOST_LINKS} links to follow`);
  const next = await files.readlink(file);
  return placeOf(system, path.isAbsolute(next) ? next : `${folder}${path.sep}${next}`, links + 1);
};
