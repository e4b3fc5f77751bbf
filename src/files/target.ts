import { invalidArgument } from '../check/index.ts';
import { node } from './node.ts';
import { writePath } from './writePath.ts';

/** Where a browser lets a page write: the handle of a file that somebody chose. */
export interface FileHandle {
  readonly name: string;
  readonly createWritable: () => Promise<{
    readonly write: (data: Blob) => Promise<void>;
    readonly close: () => Promise<void>;
  }>;
}

/** Where a file goes: a path or `file:` URL in Node; in a browser the name of a download, or a file's handle. */
export type Target = string | URL | FileHandle;

const isHandle = (target: unknown): target is FileHandle =>
  typeof target === 'object' && target !== null && 'createWritable' in target;

const blobOf = (parts: readonly Uint8Array[], type: string): Blob =>
  new Blob(parts as readonly Uint8Array<ArrayBuffer>[] as Uint8Array<ArrayBuffer>[], { type });

const download = (name: string, parts: readonly Uint8Array[], type: string): void => {
  const address = URL.createObjectURL(blobOf(parts, type));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // The browser reads it after this task; it is let go once there was time to start.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

const throughHandle = async (
  handle: FileHandle,
  parts: readonly Uint8Array[],
  type: string,
): Promise<void> => {
  const stream = await handle.createWritable();
  await stream.write(blobOf(parts, type));
  await stream.close();
};

/** A file to be: its name, and how its parts are written, all or nothing. */
export interface Writer {
  readonly name: string;
  readonly write: (parts: readonly Uint8Array[]) => Promise<void>;
}

/**
 * How a target is written to; `type` is the media type that a browser is told.
 *
 * @throws Error naming the argument for what cannot be written to
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
