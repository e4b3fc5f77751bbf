import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { thrownMessage } from '../check/index.ts';
import type { Node } from './node.ts';
import { ifThere, placeOf } from './place.ts';

/** A file system may lose a rename in a crash until its folder is synced. Some cannot sync a folder. */
const syncFolder = async (files: Node['files'], folder: string): Promise<void> => {
  const handle = await files.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};

/** Bytes of a name that a temporary one repeats: with what is added it fits every file system, eCryptfs too. */
const LONGEST_HINT = 100;

/** A name that nobody has, and that begins like the one it stands for. */
const temporaryName = (name: string): string => {
  // Limits are in bytes; what is read here are whole characters.
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(LONGEST_HINT));
  return `.${name.slice(0, read)}.${globalThis.crypto.randomUUID()}.tmp`;
};

/** Gives a new file the owner and the mode of the old one, as far as this user may and the file system has them. */
const keepAccess = async (handle: FileHandle, old: Stats): Promise<void> => {
  const { uid, gid } = await handle.stat();
  const done = (change: Promise<void>): Promise<boolean> =>
    change.then(
      () => true,
      () => false,
    );
  const owned =
    (uid === old.uid && gid === old.gid) ||
    (await done(handle.chown(old.uid, old.gid))) ||
    // The group alone: whoever is in both groups may hand a file from one to the other.
    ((await done(handle.chown(uid, old.gid))) && uid === old.uid);
  // Last, for a new owner takes these bits away; a file of another owner must not run as its old one.
  await done(handle.chmod(old.mode & (owned ? 0o7777 : 0o777)));
};

/** A rename asks for no permission to write to what it replaces, but a file that is read-only is meant to stay. */
const assertWritable = async (files: Node['files'], file: string): Promise<void> => {
  // Not `access`, which goes by another user than the rest where a process has two.
  const handle = await files.open(file, files.constants.O_WRONLY);
  await handle.close();
};

/** The handle of a new file, which nobody else may read until it has the mode of the old one. */
const openNew = async (
  files: Node['files'],
  temporary: string,
  folder: string,
  old: Stats | undefined,
): Promise<FileHandle> => {
  try {
    return await files.open(temporary, 'wx', old === undefined ? 0o666 : 0o600);
  } catch (error) {
    throw new Error(`no file can be made in ${folder}: ${thrownMessage(error)}`, { cause: error });
  }
};

/**
 * Writes a new file beside the old one and puts it in its place once it is safe: whoever looks finds the old file or
 * the new one, also after a crash.
 */
const replaceFile = async (
  { files, path }: Node,
  folder: string,
  file: string,
  old: Stats | undefined,
  parts: readonly Uint8Array[],
): Promise<void> => {
  if (old !== undefined) await assertWritable(files, file);
  const temporary = path.join(folder, temporaryName(path.basename(file)));
  const handle = await openNew(files, temporary, folder, old);
  try {
    try {
      for (const part of parts) await handle.writeFile(part);
      if (old !== undefined) await keepAccess(handle, old);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(temporary, file);
  } catch (error) {
    await files.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(files, folder);
};

/** Node writes less than 2^31 bytes at a time. */
const LONGEST_WRITE = 2 ** 30;

/** Writes to an open descriptor from where it stands: opened anew, a socket is refused and a file begins again. */
const writeDescriptor = async (
  { fs }: Node,
  descriptor: number,
  parts: readonly Uint8Array[],
): Promise<void> => {
  const some = (part: Uint8Array, from: number): Promise<number> =>
    new Promise((resolve, reject) => {
      fs.write(
        descriptor,
        part,
        from,
        Math.min(part.length - from, LONGEST_WRITE),
        null,
        (error, written) => {
          if (error === null) resolve(written);
          // A pipe that does not block is full: its reader is given time.
          else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), 5);
          else reject(error);
        },
      );
    });
  for (const part of parts) {
    for (let from = 0; from < part.length; ) from += await some(part, from);
  }
};

/** Writes to what is there, whatever it is: a device, or a FIFO, which waits for its reader. */
const writeThrough = async ({ files }: Node, file: string, parts: readonly Uint8Array[]): Promise<void> => {
  const { O_WRONLY, O_TRUNC } = files.constants;
  const handle = await files.open(file, O_WRONLY | O_TRUNC);
  try {
    for (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
};

/**
 * Writes parts of a file to a path: what stands there is replaced in one go, with its owner and mode kept; links are
 * followed; devices, FIFOs and descriptors such as `/dev/stdout` are written as they are.
 *
 * @throws Error if that fails; a file that was there is then whole, and nothing is left beside it
 */
export const writePath = async (system: Node, given: string, parts: readonly Uint8Array[]): Promise<void> => {
  const place = await placeOf(system, given);
  if (place._tag === 'Descriptor') return writeDescriptor(system, place.descriptor, parts);
  if (place._tag === 'Link') return writeThrough(system, place.file, parts);
  const { folder, file } = place;
  const old = await ifThere(system.files.stat(file));
  if (old?.isDirectory()) throw new Error('it is a folder');
  if (old?.isSocket()) throw new Error('it is a socket');
  return old === undefined || old.isFile()
    ? replaceFile(system, folder, file, old, parts)
    : writeThrough(system, file, parts);
};
