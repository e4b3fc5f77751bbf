import { invalidArgument } from '../check/index.ts';
import { node, writerTo } from '../files/index.ts';
import { httpFolder } from './httpFolder.ts';

/** A folder of files, each written whole or not at all. */
export interface Folder {
  /** The path or URL of a file, without secrets. */
  readonly place: (name: string) => string;
  /** A file's bytes, or `undefined` if there is none. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
  /** Removes a file if it is there. */
  readonly remove: (name: string) => Promise<void>;
}

const fileFolder = (fn: string, folder: string | URL): Folder => {
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

/** What has a scheme; one letter is a drive of Windows. */
const isAddress = (folder: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(folder);

/**
 * A folder, for the function `fn`: of a file system, which is made when something is written, or of an HTTP server.
 *
 * @throws Error if it is not a path or a URL of the scheme `file:`, `http:` or `https:`, or, for a path or `file:`, outside Node
 * @example
 * const { read } = openFolder('parallel.collect', 'results');
 */
export const openFolder = (fn: string, folder: string | URL): Folder => {
  const refuse = (got: unknown) =>
    invalidArgument(`${fn}: folder`, 'a path, or a file:, http: or https: URL', got);
  if (typeof folder === 'string' && folder !== '' && !isAddress(folder)) return fileFolder(fn, folder);
  const isText = typeof folder === 'string' || folder instanceof URL;
  const url = isText && URL.canParse(folder) ? new URL(folder) : refuse(folder);
  if (url.protocol === 'file:') return fileFolder(fn, url);
  return /^https?:$/.test(url.protocol) ? httpFolder(fn, url) : refuse(url.protocol);
};
