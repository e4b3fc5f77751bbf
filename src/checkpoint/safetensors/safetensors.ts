import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { thrownMessage } from '../../check/index.ts';
import { type CheckpointError, invalid } from '../error.ts';
import { HEAD, recognize } from '../recognize.ts';
import type { Opened } from '../source.ts';
import { type Header, parseHeader } from './header.ts';
import { validateHeader } from './validateHeader.ts';
import { bitSizes } from './values.ts';

/** The number of bytes of the header's length. */
const PREFIX = 8;

/** The limit of the format's own implementation. */
export const LONGEST_HEADER = 100_000_000;

/** The end of the header, if the first bytes of a file of that length are valid. */
const headerEnd =
  (fileLength: number) =>
  (prefix: Uint8Array): E.Either<CheckpointError, number> => {
    if (prefix.length < PREFIX) {
      const found = prefix.length === 0 ? 'this is an empty file' : `this file has ${prefix.length} bytes`;
      return E.left(invalid('truncated', `${found}, too few for a safetensors file`));
    }
    const length = new DataView(prefix.buffer, prefix.byteOffset, PREFIX).getBigUint64(0, true);
    const room = Math.min(fileLength - PREFIX, LONGEST_HEADER);
    return length <= BigInt(room)
      ? E.right(PREFIX + Number(length))
      : E.left(
          invalid(
            'header length',
            `the header declares ${length} bytes, but only ${room} follow: the file is truncated, or not a safetensors file`,
          ),
        );
  };

const decoded = (bytes: Uint8Array): E.Either<CheckpointError, string> =>
  E.tryCatch(
    // A copy, since browsers do not decode shared memory.
    () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes)),
    (error) => invalid('encoding', `the header is not UTF-8: ${thrownMessage(error)}`),
  );

/** A file with a validated header, consistent with the file's length. */
export interface ValidatedHeader extends Header {
  /** The start of the data. */
  readonly start: number;
}

const validatedHeader =
  (fileLength: number, start: number) =>
  (bytes: Uint8Array): E.Either<CheckpointError, ValidatedHeader> =>
    pipe(
      decoded(bytes),
      E.chain(parseHeader),
      E.chain(validateHeader(fileLength - start)),
      E.map((header) => ({ ...header, start })),
    );

/** Names the format of a file that is not a safetensors file, if its first bytes are not a length followed by JSON. */
const withFormatName =
  (head: Uint8Array) =>
  (error: CheckpointError): CheckpointError => {
    const isOther =
      error._tag === 'InvalidFile' &&
      ['truncated', 'header length', 'encoding', 'json'].includes(error.fault) &&
      error.tensor === undefined;
    const what = isOther ? recognize(head) : undefined;
    return what === undefined ? error : invalid('format', what);
  };

/**
 * Reads and validates the header of a file in memory.
 *
 * @example
 * readHeader(bytes); // Either.right({ tensors: [{ name: 'a', dtype: 'F32', ... }], metadata, start })
 */
export const readHeader = (bytes: Uint8Array): E.Either<CheckpointError, ValidatedHeader> =>
  pipe(
    headerEnd(bytes.length)(bytes.subarray(0, PREFIX)),
    E.chain((start) => validatedHeader(bytes.length, start)(bytes.subarray(PREFIX, start))),
    E.mapLeft(withFormatName(bytes)),
  );

/** `readHeader` for an open source; reads only the header. */
export const openHeader = ({ length, read }: Opened): TE.TaskEither<CheckpointError, ValidatedHeader> =>
  pipe(
    read(0, Math.min(HEAD, length)),
    TE.chain((head) =>
      pipe(
        TE.fromEither(headerEnd(length)(head.subarray(0, PREFIX))),
        TE.chain((start) => pipe(read(PREFIX, start), TE.chainEitherK(validatedHeader(length, start)))),
        TE.mapLeft(withFormatName(head)),
      ),
    ),
  );

/** A tensor to write. */
export interface Written {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const bitSize = ({ dtype }: Written): number => bitSizes.get(dtype) ?? 8;

/**
 * The parts of a safetensors file in order, header first. Tensors with the longest elements come first in the data, so
 * that all are aligned.
 *
 * @example
 * writeSafetensors([{ name: 'a', dtype: 'F32', shape: [2], bytes }], { format: 'pt' });
 */
export const writeSafetensors = (
  tensors: readonly Written[],
  metadata: Readonly<Record<string, string>>,
): readonly Uint8Array[] => {
  const inOrder = [...tensors].sort((a, b) => bitSize(b) - bitSize(a));
  const entries: [string, object][] = [];
  let filled = 0;
  for (const { name, dtype, shape, bytes } of inOrder) {
    entries.push([name, { dtype, shape, data_offsets: [filled, filled + bytes.length] }]);
    filled += bytes.length;
  }
  const json = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries]));
  const text = new TextEncoder().encode(json);
  const header = new Uint8Array(PREFIX + Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text, PREFIX);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - PREFIX), true);
  return [header, ...inOrder.map(({ bytes }) => bytes)];
};

/**
 * Concatenates the parts of a file.
 *
 * @example
 * joined([header, data]).length; // the sum of both lengths
 */
export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    whole.set(part, at);
    return at + part.length;
  }, 0);
  return whole;
};
