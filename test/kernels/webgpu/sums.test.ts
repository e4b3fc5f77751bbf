import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { WebgpuBackend } from '../../../src/kernels/webgpu/webgpuBackend.ts';
import { describeOnWebgpu, expectAsOnCpu, made, on } from './support.ts';

const reductions = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, axis) => axis))));

describeOnWebgpu('sums and means on webgpu', () => {
  test('are those of the cpu over any axes', async () => {
    await fc.assert(
      fc.asyncProperty(reductions, fc.boolean(), ([shape, axes], keepDims) =>
        expectAsOnCpu(() => {
          const x = made(shape, 1);
          return [tf.sum(x, axes, keepDims), tf.mean(x, axes, keepDims)];
        }, 1e-5),
      ),
      { numRuns: 12 },
    );
  });

  // Few sums and many, of few numbers and of many: each takes another way.
  test.each<[shape: number[], axes: number[]]>([
    [[100_003], [0]],
    [[3, 5000], [1]],
    [[5000, 3], [0]],
    [
      [4, 700, 5, 6],
      [1, 2],
    ],
    [[5000, 10], [1]],
    [[4200, 65], [1]],
    [
      [20, 65, 300],
      [0, 2],
    ],
    [
      [2, 65, 3, 65, 2],
      [1, 3],
    ],
  ])('of %j over %j', async (shape, axes) => {
    // Ones and halves add up exactly; the other sums are of float32.
    const exact = () => {
      const x = tf.sub(tf.mul(tf.cast(tf.greater(made(shape, 1), 0), 'float32'), 1.5), 0.5);
      return [tf.sum(x, axes)];
    };
    await expectAsOnCpu(exact, 0);
    await expectAsOnCpu(() => [tf.mean(made(shape, 1), axes), tf.sum(made(shape, 1), axes, true)], 3e-5);
  });

  test('pass on NaN and infinities', async () => {
    const x = () => tf.tensor2d([1, Number.NaN, 2, 1 / 0, -1 / 0, 4, 1 / 0, 0, 0], [3, 3]);
    const [sums, means] = await on('webgpu', () => [tf.sum(x(), 1), tf.mean(x(), 0)]);
    expect([...sums!.values]).toEqual([Number.NaN, Number.NaN, 1 / 0]);
    expect([...means!.values]).toEqual([1 / 0, Number.NaN, 2]);
  });

  test('of integers and booleans are integers', async () => {
    const whole = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
    const truth = tf.tensor2d([true, false, true, true], [2, 2], 'bool');
    const sums = [tf.sum(whole, 0), tf.sum(truth, 1)];
    expect(sums.map(({ dtype }) => dtype)).toEqual(['int32', 'int32']);
    expect(await Promise.all(sums.map(async (sum) => [...(await sum.data())]))).toEqual([
      [4, 6],
      [1, 2],
    ]);
    tf.dispose([whole, truth, sums]);
  });

  test('of empty tensors are zeros', async () => {
    await expectAsOnCpu(() => [
      tf.sum(tf.zeros([0, 3]), 0),
      tf.mean(tf.zeros([0, 3]), 0),
      tf.mean(tf.zeros([2, 0]), 1, true),
    ]);
  });

  // One after the other, so many would lose four digits.
  test.each([
    [4096, 16_384, 0],
    [30_000, 100, 0],
    [3, 100_000, 1],
  ])('of %i rows of %i equal numbers over axis %i lose no digits', async (rows, columns, axis) => {
    const [means] = await on('webgpu', () => [tf.mean(tf.fill([rows, columns], 0.1), axis)]);
    expect(means!.values.every((mean) => Math.abs(mean - 0.1) < 5e-7)).toBe(true);
  });

  test('over the first axis need no transpose, and those of a whole tensor use many threads', () => {
    const backend = tf.backend() as unknown as WebgpuBackend;
    const ran = vi.spyOn(backend, 'runWebGPUProgram');
    const collectPrograms = (f: () => tf.Tensor): readonly (readonly number[])[] => {
      ran.mockClear();
      tf.tidy(() => void f());
      return ran.mock.calls.map(([{ outputShape }]) => outputShape);
    };
    const x = tf.fill([512, 300], 1);
    expect(collectPrograms(() => tf.sum(x, 0))).toEqual([[16 * 300], [300]]);
    expect(collectPrograms(() => tf.sum(x))).toEqual([[4800], [150], [5], [1]]);
    vi.restoreAllMocks();
    x.dispose();
  });
});
