import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { values } from '../../support/numbers.ts';

/** Few axes, each of them 1 now and then, and an order of them. */
const cases = fc.array(fc.constantFrom(1, 1, 2, 3, 4, 5, 8), { minLength: 1, maxLength: 6 }).chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: shape.length, maxLength: shape.length },
    ),
  ),
);

/** What stands at each place of the result. */
const expected = (
  shape: readonly number[],
  perm: readonly number[],
  numbers: readonly number[],
): number[] => {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return perm.reduceRight<(from: number) => number[]>(
    (inner, axis) => (from) =>
      Array.from({ length: shape[axis]! }, (_, i) => inner(from + i * strides[axis]!)).flat(),
    (from) => [numbers[from]!],
  )(0);
};

test('transposes of any axes on wasm move every number to its place', async () => {
  await tf.setBackend('wasm');
  fc.assert(
    fc.property(cases, fc.constantFrom('float32', 'int32', 'bool'), ([shape, perm], dtype) => {
      tf.tidy(() => {
        const size = shape.reduce<number>((product, each) => product * each, 1);
        const numbers = Array.from({ length: size }, (_, i) => (dtype === 'bool' ? ((i * i) % 3) % 2 : i));
        const result = tf.transpose(tf.tensor(numbers, shape, dtype as 'int32'), perm);
        expect(result.shape).toEqual(perm.map((axis) => shape[axis]));
        expect(values(result)).toEqual(expected(shape, perm, numbers));
      });
    }),
    { numRuns: 300 },
  );
});

test('transposes of empty tensors on wasm are empty', async () => {
  await tf.setBackend('wasm');
  tf.tidy(() => {
    expect(tf.transpose(tf.zeros([2, 0, 3, 4]), [0, 2, 1, 3]).shape).toEqual([2, 3, 0, 4]);
  });
});
