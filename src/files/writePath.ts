import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { thrownMessage } from '../check/index.ts';
import type { Node } from './node.ts';
import { ifThere, resolvePlace } from './place.ts';

/** Syncs a folder, so that a rename in it survives a crash. Some file systems cannot sync a folder. */
const syncFolder = async (files: Node['files'], folder: string): Promise<void> => {
  const handle = await files.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
};

/** The bytes of a name that its temporary name repeats. The result fits every file system, including eCryptfs. */
const LONGEST_HINT = 100;

/** A unique name that begins like the given one. */
const temporaryName = (name: string): string => {
  // Limits are in bytes; `encodeInto` reads whole characters.
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(LONGEST_HINT));
  return `.${name.slice(0, read)}.${globalThis.crypto.randomUUID()}.tmp`;
};

/** Gives a new file the owner and mode of the old one, where permissions and the file system allow it. */
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
    // The group alone: a member of both groups may change it.
    ((await done(handle.chown(uid, old.gid))) && uid === old.uid);
  // Last, since `chown` clears these bits; without the old owner, the file must not get setuid or setgid.
  await done(handle.chmod(old.mode & (owned ? 0o7777 : 0o777)));
};

/** A rename would replace a read-only file, which must be kept. */
const assertWritable = async (files: Node['files'], file: string): Promise<void> => {
  // Not `access`, which checks the real user and not the effective one.
  const handle = await files.open(file, files.constants.O_WRONLY);
  await handle.close();
};

/** Opens a new file that only its owner may read until it gets the mode of the old one. */
const openNew = async (
  files: Node['files'],
  temporary: string,
  folder: string,
  old: Stats | undefined,
): Promise<FileHandle> => {
  try {
    return await files.open(temporary, 'wx', old === undefined ? 0o666 : 0o600);
  } catch (error) {
    throw new Error(`cannot create a file in ${folder}: ${thrownMessage(error)}`, { cause: error });
  }
};

/**
 * Writes a temporary file in the same folder and renames it once it is synced: readers see the old file or the new
 * one, also after a crash.
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

/** Writes to an open descriptor at its position. Reopened, a socket fails and a file starts over. */
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
          // A non-blocking pipe is full: wait for its reader.
          else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), 5);
          else reject(error);
        },
      );
    });
  for (const part of parts) {
    for (let from = 0; from < part.length; ) from += await some(part, from);
  }
};

/** Writes in place to anything that is not a regular file: a device, or a FIFO, which waits for its reader. */
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
 * Writes the parts of a file to a path. An existing file is replaced atomically and keeps its owner and mode; links
 * are followed; devices, FIFOs and descriptors such as `/dev/stdout` are written in place.
 *
 * @throws Error if that fails; an existing file is then intact, and no temporary file is left
 */
export const writePath = async (system: Node, given: string, parts: readonly Uint8Array[]): Promise<void> => {
  const place = await resolvePlace(system, given);
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
