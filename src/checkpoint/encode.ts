import * as E from 'fp-ts/lib/Either.js';
import { misuse } from '../check/index.ts';
import { type FloatType, storedAs } from './dtype.ts';
import { type CheckpointError, type Mismatch, mismatched } from './error.ts';
import { decodeFloats, encodeFloats, firstNotFinite, type Values } from './floats.ts';
import type { Written } from './safetensors.ts';

/** A tensor with its values read, about to be stored. */
export interface Read {
  readonly name: string;
  readonly shape: readonly number[];
  /** TensorFlow.js's dtype of it. */
  readonly kind: string;
  readonly values: Values;
  /** How its floats are to be stored. */
  readonly dtype: FloatType;
  /** Whether every value has to be finite, as those of parameters have. */
  readonly finite: boolean;
}

const unfit = (name: string, message: string): E.Either<Mismatch, never> =>
  E.left({ kind: 'value', path: name, message });

const written = ({ name, shape, kind, values, dtype, finite }: Read): E.Either<Mismatch, Written> => {
  const stored = kind === 'float32' ? dtype : storedAs[kind]?.[0];
  if (stored === undefined) return misuse(`checkpoint: '${name}'`, 'of dtype float32, int32 or bool', kind);
  const wrong = finite ? firstNotFinite(values) : -1;
  if (wrong >= 0) return unfit(name, `value ${wrong} is ${values[wrong]}`);
  if (!(values instanceof Float32Array)) {
    return E.right({
      name,
      dtype: stored,
      shape,
      bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    });
  }
  const bytes = encodeFloats(dtype)(values);
  const lost = dtype === 'F32' || !finite ? -1 : firstNotFinite(decodeFloats(dtype)(bytes));
  return lost < 0
    ? E.right({ name, dtype, shape, bytes })
    : unfit(name, `value ${lost}, ${values[lost]}, is too large for ${dtype}`);
};

/** Tensors as the bytes of a file, or every one that cannot be stored so. */
export const encoded = (tensors: readonly Read[]): E.Either<CheckpointError, readonly Written[]> => {
  const results = tensors.map(written);
  const wrong = results.flatMap((result) => (E.isLeft(result) ? [result.left] : []));
  return wrong.length > 0
    ? E.left(mismatched(wrong))
    : E.right(results.flatMap((result) => (E.isRight(result) ? [result.right] : [])));
};
