import { invalidArgument } from '../check/index.ts';
import { node } from './node.ts';
import { writePath } from './writePath.ts';

/** The handle of a file that the user chose, to which a browser lets a page write. */
export interface FileHandle {
  readonly name: string;
  readonly createWritable: () => Promise<{
    readonly write: (data: Blob) => Promise<void>;
    readonly close: () => Promise<void>;
  }>;
}

/** Where a file is written: a path or `file:` URL in Node; the name of a download or a file handle in a browser. */
export type Target = string | URL | FileHandle;

const isHandle = (target: unknown): target is FileHandle =>
  typeof target === 'object' && target !== null && 'createWritable' in target;

const toBlob = (parts: readonly Uint8Array[], type: string): Blob =>
  new Blob(parts as readonly Uint8Array<ArrayBuffer>[] as Uint8Array<ArrayBuffer>[], { type });

const download = (name: string, parts: readonly Uint8Array[], type: string): void => {
  const address = URL.createObjectURL(toBlob(parts, type));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // The browser reads the blob after this task; revoke it once the download has had time to start.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

const throughHandle = async (
  handle: FileHandle,
  parts: readonly Uint8Array[],
  type: string,
): Promise<void> => {
  const stream = await handle.createWritable();
  await stream.write(toBlob(parts, type));
  await stream.close();
};

/** A named file, and a function that writes its parts atomically. */
export interface Writer {
  readonly name: string;
  readonly write: (parts: readonly Uint8Array[]) => Promise<void>;
}

/**
 * The writer for a target; `type` is the media type given to a browser.
 *
 * @throws Error naming the argument if the target cannot be written to
 */
export const writerTo = (argument: string, target: Target, type: string): Writer => {
  if (isHandle(target)) return { name: target.name, write: (parts) => throughHandle(target, parts, type) };
  const system = node();
  if (typeof target === 'string' && target !== '') {
    return {
      name: target,
      write:
        system === undefined
          ? async (parts) => download(target, parts, type)
          : (parts) => writePath(system, target, parts),
    };
  }
  return system !== undefined && target instanceof URL && target.protocol === 'file:'
    ? { name: target.href, write: (parts) => writePath(system, system.url.fileURLToPath(target), parts) }
    : invalidArgument(argument, 'a path, the name of a download or the handle of a file', target);
};
