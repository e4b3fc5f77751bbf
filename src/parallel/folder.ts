import { invalidArgument } from '../check/index.ts';
import { node, writerTo } from '../files/index.ts';

/** A folder of files, each written whole or not at all. */
export interface Folder {
  /** The path of a file. */
  readonly place: (name: string) => string;
  /** A file's bytes, or `undefined` if there is none. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
  /** Removes a file if it is there. */
  readonly remove: (name: string) => Promise<void>;
}

/**
 * A folder, for the function `fn`; it is made when something is written.
 *
 * @throws Error if it is not a path or `file:` URL, or outside Node
 * @example
 * const { read } = openFolder('parallel.collect', 'results');
 */
export const openFolder = (fn: string, folder: string | URL): Folder => {
  const isPath = (typeof folder === 'string' && folder !== '') || folder instanceof URL;
  if (!isPath) return invalidArgument(`${fn}: folder`, 'a path or a file: URL', folder);
  const system = node();
  if (system === undefined) throw new Error(`${fn}: only Node has folders`);
  const root = system.path.resolve(folder instanceof URL ? system.url.fileURLToPath(folder) : folder);
  const place = (name: string): string => system.path.join(root, name);
  return {
    place,
    read: async (name) => {
      try {
        return await system.files.readFile(place(name));
      } catch (error) {
        if ((error as { readonly code?: string }).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (name, bytes) => {
      await system.files.mkdir(root, { recursive: true });
      await writerTo(`${fn}: folder`, place(name), 'application/octet-stream').write([bytes]);
    },
    remove: (name) => system.files.rm(place(name), { force: true }),
  };
};
