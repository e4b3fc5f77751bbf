import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { it } from 'vitest';
import { describeOnWebgpu, expectAsOnCpu, made } from './support.ts';

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 9 }),
  size: fc.integer({ min: 1, max: 6 }),
});

const counted = (
  kernel: string,
  x: tf.Tensor,
  weights: tf.Tensor,
  attrs: Readonly<Record<string, number | boolean>>,
): tf.Tensor => tf.cast(tf.engine().runKernel(kernel, { x, weights }, { ...attrs }), 'float32');

describeOnWebgpu('counts', () => {
  it('are those of the cpu, with weights of either kind, and with none', async () => {
    await fc.assert(
      fc.asyncProperty(cases, ({ rows, length, size }) =>
        expectAsOnCpu(() => {
          const x = tf.cast(tf.mul(tf.abs(made([rows, length], 1)), 8), 'int32');
          const first = tf.reshape(tf.slice(x, [0, 0], [1, length]), [length]);
          const weights = made([rows, length], 2);
          const whole = tf.cast(tf.mul(weights, 9), 'int32');
          const some = tf.reshape(tf.slice(weights, [0, 0], [1, length]), [length]);
          return [
            ...[weights, whole, tf.tensor1d([])].flatMap((each) =>
              [true, false].map((binaryOutput) => counted(tf.DenseBincount, x, each, { size, binaryOutput })),
            ),
            counted(tf.DenseBincount, first, some, { size }),
            counted(tf.Bincount, first, some, { size }),
            counted(tf.Bincount, first, tf.tensor1d([], 'int32'), { size }),
            counted(tf.Bincount, x, tf.tensor1d([]), { size }),
          ];
        }),
      ),
      { numRuns: 12 },
    );
  });
});

describeOnWebgpu('the place of the largest and the smallest number', () => {
  it('is a number for a vector', async () => {
    await expectAsOnCpu(() => {
      const x = made([7], 3);
      return [tf.argMax(x), tf.argMin(x, -1), tf.argMax(tf.reshape(x, [7, 1]), 0)].map((y) =>
        tf.cast(y, 'float32'),
      );
    });
  });
});
