import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const drawn = fc.record({
  rows: fc.integer({ min: 3, max: 6 }),
  columns: fc.integer({ min: 2, max: 5 }),
  stride: fc.integer({ min: 1, max: 2 }),
  numbers: fc.array(fc.integer({ min: -40, max: 20 }), { minLength: 30, maxLength: 30 }),
  filter: fc.array(fc.integer({ min: -8, max: 2 }), { minLength: 6, maxLength: 6 }),
});

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** The places of the pixels in each window of 3x2, in order. */
const windows = ({ rows, columns, stride }: Drawn): readonly (readonly number[])[] =>
  Array.from({ length: Math.floor((rows - 3) / stride) + 1 }, (_, row) =>
    Array.from({ length: Math.floor((columns - 2) / stride) + 1 }, (_, column) =>
      Array.from({ length: 6 }, (_, tap) => {
        const [down, across] = [Math.floor(tap / 2), tap % 2];
        return (row * stride + down) * columns + column * stride + across;
      }),
    ),
  ).flat();

const image = ({ rows, columns, numbers }: Drawn): tf.Tensor4D =>
  tf.tensor(
    numbers.slice(0, rows * columns).map((x) => x / 8),
    [1, rows, columns, 1],
  );

describeOnBackends('maxima of numbers below zero', () => {
  it.skipIf(!kernels)('maxPoolWithArgmax finds them', () => {
    fc.assert(
      fc.property(drawn, (one) =>
        tf.tidy(() => {
          const { result, indexes } = tf.maxPoolWithArgmax(image(one), [3, 2], one.stride, 'valid');
          const expected = windows(one).map((places) => Math.max(...places.map((at) => one.numbers[at]!)));
          expect(values(result!)).toEqual(expected.map((x) => x / 8));
          expect(values(indexes!).map((at) => one.numbers[at])).toEqual(expected);
        }),
      ),
      { numRuns: runs(50) },
    );
  });

  it.skipIf(!kernels)('dilation2d finds them', () => {
    fc.assert(
      fc.property(drawn, (one) =>
        tf.tidy(() => {
          const filter = tf.tensor3d(one.filter, [3, 2, 1]);
          const y = tf.dilation2d(image(one), filter, one.stride, 'valid');
          expectNumbers(
            values(y),
            windows(one).map((places) =>
              Math.max(...places.map((at, tap) => one.numbers[at]! / 8 + one.filter[tap]!)),
            ),
            1e-6,
          );
        }),
      ),
      { numRuns: runs(50) },
    );
  });

  it.skipIf(!kernels)('dilation2d leaves out -Infinity', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([-Infinity, -2, -3, -Infinity], [1, 2, 2, 1]);
      expectNumbers(values(tf.dilation2d(x, tf.zeros([1, 2, 1]), 1, 'valid')), [-2, -3], 1e-6);
    });
  });

  it.skipIf(!kernels)('the sign of small numbers is theirs, of every dtype', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 9 }), (given) =>
        tf.tidy(() => {
          // A device may take numbers below 2^-126 for 0.
          const xs = given.map((x) => (Math.abs(x) < 2 ** -126 ? 0 : x));
          const signs = values(tf.sign(tf.tensor1d(xs)));
          expect(signs.map((x) => x + 0)).toEqual(xs.map((x) => Math.sign(x) + 0));
        }),
      ),
      { numRuns: runs(50) },
    );
    tf.tidy(() => {
      expect(values(tf.sign(tf.tensor1d([-3, 0, 5], 'int32')))).toEqual([-1, 0, 1]);
      expect(values(tf.sign(tf.tensor1d([1, 0], 'bool')))).toEqual([1, 0]);
      expect(values(tf.sign(Number.NaN))).toEqual([0]);
    });
  });
});
