import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import '../../src/backend/index.ts';
import { moments } from '../../src/ops/moments.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  positions: fc.integer({ min: 1, max: 60 }),
  channels: fc.integer({ min: 1, max: 40 }),
});

/** Numbers that repeat only after long. */
const waves = (shape: readonly number[], shift = 0): tf.Tensor =>
  tf.add(tf.sin(tf.reshape(tf.range(0, tf.util.sizeFromShape([...shape])), [...shape])), shift);

/** The numbers of a channel of a row. */
const column = (x: readonly number[], positions: number, channels: number, row: number, channel: number) =>
  Array.from({ length: positions }, (_, at) => x[(row * positions + at) * channels + channel]!);

const variance = (xs: readonly number[]) => {
  const mean = average(xs);
  return average(xs.map((x) => (x - mean) ** 2));
};

const both = (x: tf.Tensor): tf.Tensor => {
  const found = moments(x);
  return tf.stack([found.mean, found.variance]);
};

describeOnBackends('moments', () => {
  it('and their gradient are those of doubles, also far from 0', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 1000), ({ rows, positions, channels }, shift) => {
        tf.tidy(() => {
          const x = waves([rows, positions, channels], shift);
          const dy = tf.cos(waves([2, rows, channels]));
          const { value, grad } = tf.valueAndGrad(both)(x, dy);
          const [given, slopes] = [values(x), values(dy)];
          const cells = Array.from({ length: rows * channels }, (_, i) =>
            column(given, positions, channels, Math.floor(i / channels), i % channels),
          );
          const found = values(value);
          expectNumbers(found.slice(0, cells.length), cells.map(average), 1e-6);
          expectNumbers(found.slice(cells.length), cells.map(variance), 1e-5);
          const expected = given.map((each, i) => {
            const cell = Math.floor(i / (positions * channels)) * channels + (i % channels);
            const deviation = each - average(cells[cell]!);
            return (slopes[cell]! + 2 * slopes[cells.length + cell]! * deviation) / positions;
          });
          expectNumbers(values(grad), expected, shift === 0 ? 1e-5 : 2e-4);
        });
      }),
      { numRuns: runs(40) },
    );
  });

  // TensorFlow.js's own sums lose digits, and fail without numbers.
  it.skipIf(!kernels)('lose no digits if the first numbers are far from all others', () => {
    tf.tidy(() => {
      const x = tf.concat([tf.fill([1, 8, 1], 3000), waves([1, 5000, 1], 0.3)], 1);
      const [, spread] = values(both(x)) as [number, number];
      expect(Math.abs(spread / variance(values(x)) - 1)).toBeLessThan(1e-6);
    });
  });

  it('of a channel with NaN or an infinite number are NaN or infinite in that channel alone', () => {
    tf.tidy(() => {
      const x = tf.tensor3d([
        [
          [1, Number.NaN, 1],
          [Number.POSITIVE_INFINITY, 2, 3],
        ],
      ]);
      expect(values(both(x)).map(Number.isFinite)).toEqual([false, false, true, false, false, true]);
    });
  });

  it.skipIf(!kernels)('of no rows or channels are empty, of no positions NaN', () => {
    tf.tidy(() => {
      expect(both(tf.zeros([0, 3, 2])).shape).toEqual([2, 0, 2]);
      expect(values(both(tf.zeros([1, 0, 2])))).toEqual(Array<number>(4).fill(Number.NaN));
    });
  });

  it('have the gradients of their gradients', () => {
    tf.tidy(() => {
      const slopes = ([x]: readonly tf.Tensor[]) =>
        tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.square(both(y))))(x!)));
      expectGradients(slopes, [waves([2, 3, 2])], { step: 1e-2, tolerance: 1e-2 });
    });
  });

  it('inside vmap are the loop over samples, with their gradients', () => {
    tf.tidy(() => {
      const x = waves([3, 2, 5, 4]);
      const slopes = (y: tf.Tensor) => tf.grad((z: tf.Tensor) => tf.sum(tf.square(both(z))))(y);
      const each = [0, 1, 2].map((s) => slopes(tf.squeeze(tf.slice(x, s, 1), [0])));
      expectNumbers(values(vmap(slopes)(x)), values(tf.stack(each)), 1e-6);
    });
  });

  it('leak no tensors', () => {
    const x = tf.zeros([1, 2, 3]);
    expectNoLeak(() => tf.tidy(() => tf.grad((y: tf.Tensor) => both(y))(x)));
    x.dispose();
  });
});
