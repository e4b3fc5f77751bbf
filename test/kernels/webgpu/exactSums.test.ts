import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeOnWebgpu, expectAsOnCpu, made, on } from './support.ts';

const float = fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) });

const sums = async (
  x: readonly number[],
  ids: readonly number[],
  segments: number,
): Promise<Float32Array> => {
  const [result] = await on('webgpu', () => [
    tf.unsortedSegmentSum(tf.tensor1d([...x], 'float32'), tf.tensor1d([...ids], 'int32'), segments),
  ]);
  return result!.values;
};

describeOnWebgpu('sums of numbers that lie anywhere', () => {
  test('are those of doubles, of numbers of every size and sign', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(float, fc.integer({ min: -1, max: 4 })), { minLength: 1 }),
        async (rows) => {
          const x = rows.map(([value]) => Math.fround(value));
          const ids = rows.map(([, id]) => id);
          const got = await sums(x, ids, 4);
          got.forEach((sum, segment) => {
            const own = x.filter((_, at) => ids[at] === segment);
            const right = own.reduce((all, value) => all + value, 0);
            const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
            expect(Math.abs(sum - right)).toBeLessThanOrEqual(
              1.2e-7 * Math.abs(right) + 1e-12 * largest + 2 ** -126,
            );
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are the same whatever order they are added in, and cancel exactly', async () => {
    expect([...(await sums([1e8, 1, -1e8, 2e-3, -1e-3], [0, 0, 0, 1, 1], 2))]).toEqual([
      1,
      Math.fround(1e-3),
    ]);
    expect([...(await sums([3e38, 3e38, -3e38, -3e38, 7], [0, 0, 0, 0, 1], 3))]).toEqual([0, 7, 0]);
  });

  test('pass on NaN and infinities', async () => {
    const x = [Number.NaN, 1, 1 / 0, 2, -1 / 0, 3, 1 / 0, -1 / 0, 4];
    expect([...(await sums(x, [0, 0, 1, 1, 2, 2, 3, 3, 4], 5))]).toEqual([
      Number.NaN,
      1 / 0,
      -1 / 0,
      Number.NaN,
      4,
    ]);
  });

  test('scatter along several axes, and count with weights, as on cpu', async () => {
    const places = () =>
      tf.tensor2d(
        Array.from({ length: 60 }, (_, i) => [i % 3, (i * i) % 4]),
        [60, 2],
        'int32',
      );
    const numbers = () =>
      tf.tensor1d(
        Array.from({ length: 60 }, (_, i) => (i * 7) % 5),
        'int32',
      );
    await expectAsOnCpu(() => [
      tf.scatterND(places(), made([60, 2], 1), [3, 4, 2]),
      tf.bincount(numbers(), made([60], 2) as tf.Tensor1D, 4),
      tf.denseBincount(tf.reshape(numbers(), [3, 20]) as tf.Tensor2D, made([3, 20], 3) as tf.Tensor2D, 5),
    ]);
  });
});
