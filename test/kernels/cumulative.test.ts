import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

const operations = {
  cumsum: { op: tf.cumsum, first: 0, next: (total: number, x: number) => total + x },
  cumprod: { op: tf.cumprod, first: 1, next: (total: number, x: number) => total * x },
} as const;

const drawn = fc.record({
  shape: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 4 }))),
  axis: fc.integer({ min: -3, max: 2 }),
  exclusive: fc.boolean(),
  reverse: fc.boolean(),
  numbers: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 64, maxLength: 64 }),
});

describeOnBackends('cumulative operations', () => {
  it.skipIf(!kernels).each(Object.entries(operations))(
    '%s goes along any axis, counted from either end, of floats and integers, and inside vmap',
    (_, { op, first, next }) => {
      fc.assert(
        fc.property(drawn, ({ shape, axis, exclusive, reverse, numbers }) => {
          const size = tf.util.sizeFromShape(shape);
          const along = (axis + 3) % 3;
          const step = [...tf.util.computeStrides(shape), 1][along]!;
          const length = shape[along]!;
          const expected = numbers.slice(0, size).map((_, at) => {
            const place = Math.floor(at / step) % length;
            return Array.from({ length }, (_, i) => i)
              .filter((i) => (i === place ? !exclusive : reverse ? i > place : i < place))
              .reduce((total, i) => next(total, numbers[at + (i - place) * step]!), first);
          });
          for (const dtype of ['float32', 'int32'] as const)
            tf.tidy(() => {
              const x = tf.tensor(numbers.slice(0, size), shape, dtype);
              const y = op(x, axis, exclusive, reverse);
              expect(y.dtype).toBe(dtype);
              expect(y.shape).toEqual(shape);
              expect(values(tf.add(y, 0))).toEqual(expected.map((value) => value + 0));
              const mapped = vmap((one: tf.Tensor) => op(one, axis, exclusive, reverse))(tf.stack([x, x]));
              expect(mapped.shape).toEqual([2, ...shape]);
              expect(values(tf.add(mapped, 0)).slice(size)).toEqual(expected.map((value) => value + 0));
            });
        }),
        { numRuns: runs(40) },
      );
    },
  );
});
