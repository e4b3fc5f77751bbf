import type { Node } from './node.ts';

/** What a path refers to after its links are followed. */
export type Place =
  /** A descriptor of this process, such as `/dev/stdout`. */
  | { readonly _tag: 'Descriptor'; readonly descriptor: number }
  /** A descriptor of another process, reachable only through its link. */
  | { readonly _tag: 'Link'; readonly file: string }
  /** A file, existing or new, in an existing folder. */
  | { readonly _tag: 'File'; readonly folder: string; readonly file: string };

/** The number of links that Linux follows. */
const MOST_LINKS = 40;

const errorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** The result of a query about a file, or `undefined` if the file does not exist. */
export const ifThere = async <A>(asked: Promise<A>): Promise<A | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const folderAt = async ({ files, path }: Node, given: string): Promise<string> => {
  const folder = await files.realpath(given).catch((error: unknown) =>
    // Some Windows drives have no real path.
    errorCode(error) === 'ENOENT' ? undefined : path.resolve(given),
  );
  if (folder === undefined) throw new Error(`the folder ${given} does not exist`);
  const found = await files.stat(folder).catch(() => undefined);
  if (found?.isDirectory() === false) throw new Error(`${given} is not a folder`);
  return folder;
};

/** The process whose descriptors a folder lists. */
const descriptorOwner = (folder: string): number | undefined => {
  // Outside Linux it lists those of the process that reads it.
  if (folder === '/dev/fd') return process.pid;
  const found = /^\/proc\/(\d+)\/(?:task\/\d+\/)?fd$/.exec(folder)?.[1];
  return found === undefined ? undefined : Number(found);
};

/**
 * Follows the links of a path one by one: the last one may point to a file that does not exist yet, and a descriptor's
 * link is not a path: a pipe has none, and the file behind `> file` must not be replaced under its writer.
 *
 * @throws Error if the folder does not exist, or the path cannot name a file
 */
export const resolvePlace = async (system: Node, given: string, links = 0): Promise<Place> => {
  const { files, path } = system;
  if (given.endsWith(path.sep) || given.endsWith('/')) throw new Error(`${given} is the path of a folder`);
  // Not resolved as text: after a link, `..` is the parent of the link's target.
  const folder = await folderAt(system, path.dirname(given));
  const name = path.basename(given);
  const file = path.join(folder, name);
  const owner = descriptorOwner(folder);
  if (owner !== undefined && /^\d+$/.test(name)) {
    return owner === process.pid ? { _tag: 'Descriptor', descriptor: Number(name) } : { _tag: 'Link', file };
  }
  const found = await ifThere(files.lstat(file));
  if (!found?.isSymbolicLink()) return { _tag: 'File', folder, file };
  if (links === MOST_LINKS) throw new Error(`more than ${MOST_LINKS} links to follow`);
  const next = await files.readlink(file);
  return resolvePlace(system, path.isAbsolute(next) ? next : `${folder}${path.sep}${next}`, links + 1);
};
