import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { joined, readHeader, writeSafetensors } from '../checkpoint/safetensors/safetensors.ts';
import type { Encoded } from './encode.ts';

/** The name and version of the format, in the metadata. */
const format = 'tfjs-bayesian/value/1';

/**
 * An encoded value as one safetensors file, whose tensors other programs can read: for a file, a line of a journal or a
 * queue. The same value gives the same bytes.
 *
 * @example
 * const bytes = packed(await encode('result', { loss: tf.scalar(1) }));
 */
export const packed = (
  { structure, arrays }: Encoded,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => joined(writeSafetensors(arrays, { ...metadata, format, structure }));

/** A value in bytes, and the metadata beside it. */
export interface Unpacked {
  readonly encoded: Encoded;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the bytes of `packed`.
 *
 * @returns Left with the reason if they are damaged, or of something else
 * @example
 * unpacked(bytes); // Either.right({ encoded, metadata })
 */
export const unpacked = (bytes: Uint8Array): E.Either<string, Unpacked> =>
  pipe(
    readHeader(bytes),
    E.mapLeft(({ message }) => message),
    E.chain(({ tensors, metadata, start }) => {
      const structure = metadata.get('structure');
      if (metadata.get('format') !== format || structure === undefined)
        return E.left(`its format is not ${format}`);
      const arrays = tensors.map(({ name, dtype, shape, begin, end }) => ({
        name,
        dtype,
        shape,
        bytes: new Uint8Array(bytes.subarray(start + begin, start + end)),
      }));
      return E.right({ encoded: { structure, arrays }, metadata });
    }),
  );
