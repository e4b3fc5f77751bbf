import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { values } from '../support/numbers.ts';

const lengths = [4, 3, 5] as const;

/** What is taken of an axis: a single index, or a range with a stride, from an end to the other. */
const part = (length: number) =>
  fc.record({
    single: fc.boolean(),
    index: fc.integer({ min: -length, max: length - 1 }),
    stride: fc.constantFrom(1, 2, -1, -2),
  });

const drawn = fc.record({
  parts: fc.tuple(part(4), part(3), part(5)),
  /** The axis in whose place an ellipsis stands, if any. */
  ellipsis: fc.integer({ min: -1, max: 2 }),
});

describeOnBackends('strided slices', () => {
  it.skipIf(!kernels)('of single indices beside strides, with an ellipsis, inside vmap', () => {
    fc.assert(
      fc.property(drawn, ({ parts, ellipsis }) =>
        tf.tidy(() => {
          const whole = { single: false, index: 0, stride: 1 };
          const taken = parts.map((one, axis) => (axis === ellipsis ? whole : one));
          const mask = (bits: readonly boolean[]): number =>
            bits.reduce((all, bit, axis) => (bit ? all | (1 << axis) : all), 0);
          const begin = taken.map(({ single, index }) => (single ? index : 0));
          const strides = taken.map(({ single, stride }) => (single ? 1 : stride));
          const ranges = mask(taken.map(({ single }) => !single));
          const singles = mask(taken.map(({ single }) => single));
          const dots = mask(taken.map((_, axis) => axis === ellipsis));
          const slice = (x: tf.Tensor): tf.Tensor =>
            tf.stridedSlice(x, begin, [0, 0, 0], strides, ranges, ranges, dots, 0, singles);
          const indices = taken.map(({ single, index, stride }, axis) => {
            const length = lengths[axis]!;
            if (single) return [(index + length) % length];
            const count = Math.ceil(length / Math.abs(stride));
            return Array.from({ length: count }, (_, i) => (stride > 0 ? 0 : length - 1) + i * stride);
          });
          const [first, second, third] = indices as [number[], number[], number[]];
          const expected = first.flatMap((i) => second.flatMap((j) => third.map((k) => (i * 3 + j) * 5 + k)));
          const shape = indices.flatMap((all, axis) => (taken[axis]!.single ? [] : [all.length]));
          for (const dtype of ['float32', 'int32'] as const) {
            const x = tf.reshape(tf.range(0, 60, 1, dtype), [...lengths]);
            const y = slice(x);
            expect([y.dtype, y.shape]).toEqual([dtype, shape]);
            expect(values(y)).toEqual(expected);
            const mapped = vmap(slice)(tf.stack([x, tf.add(x, tf.onesLike(x))]));
            expect(mapped.shape).toEqual([2, ...shape]);
            expect(values(mapped)).toEqual([...expected, ...expected.map((at) => at + 1)]);
          }
        }),
      ),
      { numRuns: runs(80) },
    );
  });
});
