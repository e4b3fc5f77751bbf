import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeEach(() => useKernels(true));

const sizes = fc.oneof(fc.nat(9), fc.constantFrom(16, 17, 63, 64, 65, 1000, 4096, 5001));

describe('the exponential function on wasm', () => {
  test('is that of doubles to float rounding', async () => {
    await tf.setBackend('wasm');
    fc.assert(
      fc.property(fc.array(fc.float({ min: -87, max: 88, noNaN: true }), { maxLength: 40 }), (xs) => {
        const given = Float32Array.from(xs);
        const y = tf.tidy(() => tf.exp(tf.tensor1d(given)).dataSync());
        y.forEach((value, at) => {
          expect(Math.abs(value / Math.exp(given[at]!) - 1)).toBeLessThan(3e-7);
        });
        expect(y.length).toBe(given.length);
      }),
    );
  });

  test('is correct at its limits', async () => {
    await tf.setBackend('wasm');
    const xs = [
      0,
      -0,
      -1000,
      1000,
      88.7,
      89,
      -88,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    const y = tf.tidy(() => Array.from(tf.exp(tf.tensor1d(xs)).dataSync()));
    expect(y.slice(0, 4)).toEqual([1, 1, 0, Number.POSITIVE_INFINITY]);
    expect(y[4]! / Math.exp(Math.fround(88.7))).toBeCloseTo(1, 5);
    expect(y.slice(5)).toEqual([Number.POSITIVE_INFINITY, 0, Number.NaN, Number.POSITIVE_INFINITY, 0]);
  });

  test('is that of tfjs for other dtypes, and has its gradient', async () => {
    await sameOnBoth(() => [
      tf.exp(tf.tensor1d([0, 1, 2], 'int32')),
      tf.grad((x: tf.Tensor) => tf.exp(x))(random(1, [3, 5])),
    ]);
  });
});

describe('log1p and expm1 on wasm', () => {
  const near = fc.oneof(
    fc.float({ min: Math.fround(-0.9), max: 20, noNaN: true }),
    fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
    fc.constantFrom(0, 1e-6, -1e-6, 0.2499, 0.2501, -0.2501, 0.3499, 0.3501, 1e-38),
  );

  test('keep the digits of numbers near 0', async () => {
    await tf.setBackend('wasm');
    fc.assert(
      fc.property(fc.array(near, { maxLength: 20 }), (xs) => {
        const given = Float32Array.from(xs);
        for (const [ours, exact] of [
          [tf.log1p, Math.log1p],
          [tf.expm1, Math.expm1],
        ] as const) {
          const y = tf.tidy(() => ours(tf.tensor1d(given)).dataSync());
          given.forEach((x, at) => {
            expect(Math.abs(y[at]! - exact(x))).toBeLessThanOrEqual(4e-7 * Math.abs(exact(x)) + 1e-44);
          });
        }
      }),
    );
  });

  test('are correct at their limits', async () => {
    await tf.setBackend('wasm');
    const ends = [-0, Number.NaN, Number.POSITIVE_INFINITY, -1];
    const [log, exponential] = tf.tidy(() =>
      [tf.log1p, tf.expm1].map((f) => Array.from(f(tf.tensor1d(ends)).dataSync())),
    );
    expect(log).toEqual([-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(exponential?.slice(0, 3)).toEqual([-0, Number.NaN, Number.POSITIVE_INFINITY]);
  });
});

test('expm1 is -1 far below 0, and infinite far above', async () => {
  await tf.setBackend('wasm');
  const y = tf.tidy(() =>
    Array.from(tf.expm1(tf.tensor1d([-1000, -88, Number.NEGATIVE_INFINITY, 89])).dataSync()),
  );
  expect(y).toEqual([-1, -1, -1, Number.POSITIVE_INFINITY]);
});

describe('sums on wasm', () => {
  test('are those of cpu over any axes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.boolean(),
        fc.nat(),
        async (shape, pick, keepDims, seed) => {
          const axes = shape.flatMap((_, axis) => ((pick >> axis) & 1 ? [axis] : []));
          // The cpu adds up to 7,776 numbers one after the other in float32, whose rounding comes to about 1e-4.
          await sameOnBoth(
            () => [tf.sum(random(seed, shape), axes, keepDims), tf.sum(random(seed, shape))],
            5e-4,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('are those of doubles, for long rows and columns too', async () => {
    await tf.setBackend('wasm');
    fc.assert(
      fc.property(sizes, sizes, fc.boolean(), fc.nat(), (rows, columns, ofRows, seed) => {
        fc.pre(rows * columns < 1e6);
        const x = random(seed, [rows, columns]);
        const values = x.dataSync();
        const sums = tf.tidy(() => tf.sum(x, ofRows ? 1 : 0).dataSync());
        x.dispose();
        const wanted = Array<number>(ofRows ? rows : columns).fill(0);
        values.forEach((value, at) => {
          wanted[ofRows ? Math.floor(at / columns) : at % columns]! += value;
        });
        expect(sums.length).toBe(wanted.length);
        const length = ofRows ? columns : rows;
        sums.forEach((sum, at) => {
          expect(Math.abs(sum - wanted[at]!)).toBeLessThan(1e-6 * (1 + length));
        });
      }),
      { numRuns: 60 },
    );
  });

  test('of empty tensors are 0, of NaN NaN, of integers and booleans integers', async () => {
    await sameOnBoth(() => [
      tf.sum(tf.zeros([0, 3]), 0),
      tf.sum(tf.zeros([3, 0]), 1),
      tf.sum(
        tf.tensor2d([
          [1, Number.NaN, 2, 3, 4],
          [1, 2, 3, 4, Number.POSITIVE_INFINITY],
        ]),
        1,
      ),
      tf.sum(tf.tensor1d([1, 2, 3], 'int32')),
      tf.sum(tf.tensor1d([1, 0, 1], 'bool')),
      tf.sum(random(3, [2, 3]), []),
    ]);
  });

  test('leak nothing', async () => {
    await tf.setBackend('wasm');
    const x = tf.ones([3, 4, 5, 6]);
    const before = tf.memory();
    tf.sum(x, [0, 2]).dispose();
    expect(tf.memory()).toEqual(before);
    x.dispose();
  });
});

describe('repeating and casting on wasm', () => {
  test('repeats as on cpu, along any axes', async () => {
    const axis = fc.record({ size: fc.nat(4), times: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('float32', 'int32', 'bool'),
        fc.nat(),
        async (axes, dtype, seed) => {
          const shape = axes.map(({ size }) => size);
          const reps = axes.map(({ times }) => times);
          await sameOnBoth(() => [tf.tile(tf.cast(tf.mul(random(seed, shape), 3), dtype as 'int32'), reps)]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('shares the data of a cast to the same dtype, and casts to others as on cpu', async () => {
    await sameOnBoth(() => {
      const x = tf.tensor1d([-1.5, 0, 2.5]);
      return (['float32', 'int32', 'bool'] as const).map((dtype) => tf.cast(x, dtype));
    });
    const x = tf.tensor1d([1, 2]);
    const y = tf.cast(x, 'float32');
    expect(tf.memory().numDataBuffers).toBe(1 + tf.memory().numTensors - 2);
    x.dispose();
    expect(Array.from(y.dataSync())).toEqual([1, 2]);
    y.dispose();
  });
});
