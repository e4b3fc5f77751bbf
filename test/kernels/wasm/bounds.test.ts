import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { sameOnBoth } from './onBoth.ts';

beforeEach(() => useKernels(true));

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1];
const number = fc.oneof(fc.constantFrom(...special), fc.float({ min: -10, max: 10, noNaN: true }));

/** A shape, and two that broadcast to it. */
const shapes = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.nat(4),
  )
  .map(([shape, kept, dropped]) => ({
    whole: shape,
    part: shape.map((size, axis) => (kept[axis] ? size : 1)).slice(Math.min(dropped, shape.length)),
  }));

const filled = (shape: readonly number[], values: readonly number[]): tf.Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => values[i % values.length]!),
    [...shape],
  );

describe('maximum, minimum and clipping on wasm', () => {
  test('equal those of cpu, also for NaN and shapes that broadcast', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.array(number, { minLength: 1, maxLength: 40 }),
        fc.array(number, { minLength: 1, maxLength: 40 }),
        async ({ whole, part }, some, others) => {
          await sameOnBoth(() => {
            const [a, b] = [filled(whole, some), filled(part, others)];
            const both = [tf.maximum(a, b), tf.maximum(b, a), tf.minimum(a, b), tf.minimum(b, a)];
            // The sign of a zero is not compared: IEEE leaves it open which of 0 and -0 is larger.
            return [...both, tf.clipByValue(a, -0.5, 2), tf.relu6(a)].map((x) => tf.add(x, 0));
          });
        },
      ),
    );
  });

  test('keep the NaN of either operand, however many there are', async () => {
    await tf.setBackend('wasm');
    for (const count of [1, 3, 4, 7, 64]) {
      const [nan, one] = [tf.fill([count], Number.NaN), tf.ones([count])];
      for (const x of [tf.maximum(nan, one), tf.maximum(one, nan), tf.minimum(one, nan), tf.relu6(nan)])
        expect(Array.from(x.dataSync())).toEqual(Array(count).fill(Number.NaN));
      expect(Array.from(tf.clipByValue(nan, 0, 1).dataSync())).toEqual(Array(count).fill(Number.NaN));
    }
  });

  test('take integers and empty tensors', async () => {
    await sameOnBoth(() => [
      tf.maximum(tf.tensor1d([1, -2], 'int32'), tf.tensor1d([0, 0], 'int32')),
      tf.minimum(tf.zeros([0, 2]), tf.zeros([1, 2])),
      tf.clipByValue(tf.tensor1d([1, -2, 7], 'int32'), 0, 5),
    ]);
  });
});

describe('log1p on wasm', () => {
  test('is that of doubles to float rounding', async () => {
    await tf.setBackend('wasm');
    const x = fc.oneof(
      fc.float({ min: Math.fround(-0.999), max: 1000, noNaN: true }),
      fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
      fc.constantFrom(1e-6, 1e-8, -1e-7, 1e-20).map(Math.fround),
    );
    fc.assert(
      fc.property(fc.array(x, { minLength: 1, maxLength: 20 }), (xs) => {
        const y = tf.tidy(() => tf.log1p(tf.tensor1d(xs)).dataSync());
        y.forEach((value, at) => {
          const exact = Math.log1p(xs[at]!);
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(4e-7 * Math.abs(exact) + 2 ** -126);
        });
      }),
    );
  });

  test('is correct at its limits', async () => {
    await tf.setBackend('wasm');
    const xs = [0, -0, -1, -2, Number.NaN, Number.POSITIVE_INFINITY, 3e38];
    const y = Array.from(tf.tidy(() => tf.log1p(tf.tensor1d(xs)).dataSync()));
    expect(y.slice(0, 6)).toEqual([
      0,
      -0,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    expect(y[6]).toBeCloseTo(Math.log(3e38), 4);
  });
});
