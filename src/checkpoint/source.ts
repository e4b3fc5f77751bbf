import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { invalidArgument } from '../check/index.ts';
import { type Node, node } from '../files/index.ts';
import { type CheckpointError, unreadable } from './error.ts';

/**
 * The location of a checkpoint: a path in Node, a URL (outside Node every string is one), a `File` or other blob, or its
 * bytes.
 */
export type Source = string | URL | Blob | Uint8Array | ArrayBuffer;

/** An open source: its length, and its bytes from `start` to `end`. */
export interface Opened {
  readonly length: number;
  readonly read: (start: number, end: number) => TE.TaskEither<CheckpointError, Uint8Array>;
  readonly close: TE.TaskEither<CheckpointError, void>;
}

const describeSource = (source: Source): string =>
  typeof source === 'string' || source instanceof URL
    ? String(source)
    : source instanceof Blob && 'name' in source
      ? String(source.name)
      : 'the bytes given';

const attempt = <A>(source: string, f: () => Promise<A>): TE.TaskEither<CheckpointError, A> =>
  TE.tryCatch(f, (error) => unreadable(source, error));

/** Whether a value is bytes: a buffer, or a view of one. */
export const isBytes = (value: unknown): value is Uint8Array | ArrayBuffer =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/** The bytes of a buffer or of any view. */
export const asBytes = (bytes: Uint8Array | ArrayBuffer): Uint8Array =>
  bytes instanceof ArrayBuffer
    ? new Uint8Array(bytes)
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const fromBytes = (given: Uint8Array | ArrayBuffer): Opened => {
  const bytes = asBytes(given);
  return {
    length: bytes.length,
    read: (start, end) => TE.right(bytes.subarray(start, end)),
    close: TE.right(undefined),
  };
};

const fromBlob = (name: string, blob: Blob): Opened => ({
  length: blob.size,
  read: (start, end) => attempt(name, async () => new Uint8Array(await blob.slice(start, end).arrayBuffer())),
  close: TE.right(undefined),
});

/** Node reads fewer than 2^31 bytes at a time. */
const MAX_READ = 2 ** 30;

const assertRegular = (stat: {
  readonly isFile: () => boolean;
  readonly isDirectory: () => boolean;
}): void => {
  if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'it is a folder' : 'not a regular file');
};

const fromFile = (files: Node['files'], path: string) =>
  attempt(path, async (): Promise<Opened> => {
    // Checked before opening, since opening a FIFO waits for a writer.
    assertRegular(await files.stat(path));
    const handle = await files.open(path, 'r');
    try {
      const stat = await handle.stat();
      assertRegular(stat);
      return {
        length: stat.size,
        read: (start, end) =>
          attempt(path, async () => {
            const bytes = new Uint8Array(end - start);
            let filled = 0;
            while (filled < bytes.length) {
              const length = Math.min(bytes.length - filled, MAX_READ);
              const { bytesRead } = await handle.read(bytes, filled, length, start + filled);
              if (bytesRead === 0) throw new Error('truncated during read');
              filled += bytesRead;
            }
            return bytes;
          }),
        close: attempt(path, () => handle.close()),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });

const fromUrl = (address: string) =>
  attempt(address, async () => {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
    return fromBytes(await response.arrayBuffer());
  });

const isUrl = (text: string): boolean => /^(https?|blob|data):/i.test(text);

const opened = (source: Source): TE.TaskEither<CheckpointError, Opened> => {
  if (isBytes(source)) return TE.right(fromBytes(source));
  if (source instanceof Blob) return TE.right(fromBlob(describeSource(source), source));
  const system = node();
  if (typeof source === 'string') {
    return system === undefined || isUrl(source) ? fromUrl(source) : fromFile(system.files, source);
  }
  if (!(source instanceof URL)) return invalidArgument('source', 'a path, a URL, a File or bytes', source);
  return system !== undefined && source.protocol === 'file:'
    ? pipe(
        E.tryCatch(
          () => system.url.fileURLToPath(source),
          (error) => unreadable(source.href, error),
        ),
        TE.fromEither,
        TE.chain((path) => fromFile(system.files, path)),
      )
    : fromUrl(source.href);
};

/**
 * The source of a plain name beside another source; `undefined` for sources without neighbours: bytes, blobs and `data:`
 * URLs.
 *
 * @example
 * beside('models/net.safetensors.index.json', 'net-00001-of-00002.safetensors'); // 'models/net-00001-of-00002.safetensors'
 */
export const beside = (source: Source, name: string): Source | undefined => {
  if (!(typeof source === 'string' || source instanceof URL)) return undefined;
  const [text, system] = [String(source), node()];
  if (/^(blob|data):/i.test(text)) return undefined;
  if (typeof source === 'string' && system !== undefined && !isUrl(source)) {
    return system.path.join(system.path.dirname(source), name);
  }
  // A URL may be relative to a page; its query and fragment belong only to its own file.
  const beginning = text.replace(/[?#].*$/s, '').replace(/[^/]*$/, '');
  const address = `${beginning}${encodeURIComponent(name)}`;
  return source instanceof URL ? new URL(address) : address;
};

/**
 * Opens a source, uses it, and always closes it.
 *
 * @throws Error if the source cannot be opened as such
 */
export const withSource =
  (source: Source) =>
  <A>(use: (opened: Opened) => TE.TaskEither<CheckpointError, A>): TE.TaskEither<CheckpointError, A> =>
    TE.bracket(opened(source), use, ({ close }) => close);
