import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { misuse } from '../check/index.ts';
import { type CheckpointError, messageOf } from './error.ts';
import { type Node, node } from './node.ts';

/** Where a browser lets a page write: the handle of a file that somebody chose. */
export interface FileHandle {
  readonly name: string;
  readonly createWritable: () => Promise<{
    readonly write: (data: Blob) => Promise<void>;
    readonly close: () => Promise<void>;
  }>;
}

/** Where a checkpoint goes: a path or `file:` URL in Node; in a browser the name of a download, or a file's handle. */
export type Target = string | URL | FileHandle;

const isHandle = (target: unknown): target is FileHandle =>
  typeof target === 'object' && target !== null && 'createWritable' in target;

const blobOf = (parts: readonly Uint8Array[]): Blob =>
  new Blob(parts as readonly Uint8Array<ArrayBuffer>[] as Uint8Array<ArrayBuffer>[], {
    type: 'application/octet-stream',
  });

/** A file system keeps what it was told only once it has been told to. Some cannot be told so of a folder. */
const syncFolder = async (files: Node['files'], folder: string): Promise<void> => {
  const handle = await files.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};

/**
 * Writes a new file beside the old one and puts it in its place once it is safe: whoever looks finds the old file or
 * the new one, also after a crash.
 */
const replaceFile = async (
  { files, path }: Node,
  file: string,
  parts: readonly Uint8Array[],
): Promise<void> => {
  // A link stays a link: what it points to is replaced.
  const real = await files.realpath(file).catch(() => path.resolve(file));
  const folder = path.dirname(real);
  const temporary = path.join(folder, `.${path.basename(real)}.${globalThis.crypto.randomUUID()}.tmp`);
  try {
    const handle = await files.open(temporary, 'wx');
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(temporary, real);
  } catch (error) {
    await files.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(files, folder);
};

const download = (name: string, parts: readonly Uint8Array[]): void => {
  const address = URL.createObjectURL(blobOf(parts));
  Object.assign(document.createElement('a'), { href: address, download: name }).click();
  // The browser reads it after this task; it is let go once there was time to start.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

const throughHandle = async (handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> => {
  const stream = await handle.createWritable();
  await stream.write(blobOf(parts));
  await stream.close();
};

/** A target's name, and how it is written to. */
const writerOf = (
  target: Target,
): readonly [name: string, write: (parts: readonly Uint8Array[]) => Promise<void>] => {
  if (isHandle(target)) return [target.name, (parts) => throughHandle(target, parts)];
  const system = node();
  if (typeof target === 'string' && target !== '') {
    return [
      target,
      system === undefined
        ? async (parts) => download(target, parts)
        : (parts) => replaceFile(system, target, parts),
    ];
  }
  return system !== undefined && target instanceof URL && target.protocol === 'file:'
    ? [target.href, (parts) => replaceFile(system, system.url.fileURLToPath(target), parts)]
    : misuse('checkpoint.save: target', 'a path, the name of a download or the handle of a file', target);
};

/**
 * Writes the parts of a file to a target, all or nothing.
 *
 * @throws Error for what cannot be written to
 */
export const writeTo = (target: Target) => {
  const [name, write] = writerOf(target);
  return (
    parts: TE.TaskEither<CheckpointError, readonly Uint8Array[]>,
  ): TE.TaskEither<CheckpointError, void> =>
    pipe(
      parts,
      TE.chain((bytes) =>
        TE.tryCatch(
          () => write(bytes),
          (error): CheckpointError => ({
            _tag: 'Unwritable',
            target: name,
            message: `${name} cannot be written: ${messageOf(error)}`,
          }),
        ),
      ),
    );
};
