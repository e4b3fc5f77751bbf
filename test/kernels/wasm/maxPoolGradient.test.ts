import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { images, run } from './convolutionCases.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

describe('the gradient of pooling by maxima on wasm', () => {
  test('equals that of the cpu backend, also with ties', async () => {
    await fc.assert(
      fc.asyncProperty(
        images,
        fc.constantFrom('same' as const, 'valid' as const),
        fc.boolean(),
        (drawn, pad, ties) => {
          const { batch, size, taps, filters, strides, seed } = drawn;
          const shape = [batch, ...size, filters] as [number, number, number, number];
          const attrs = { filterSize: taps, strides, pad };
          const { outShape } = tf.backend_util.computePool2DInfo(shape, taps, strides, 1, pad);
          return sameOnBoth(() => {
            const input = ties ? tf.round(random(seed, shape)) : random(seed, shape);
            const output = tf.maxPool(input as tf.Tensor4D, taps, strides, pad);
            return [run('MaxPoolGrad', { dy: random(seed + 1, outShape), input, output }, attrs)];
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('refuses results of another shape', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [input, output, dy] = [tf.ones([1, 4, 4, 1]), tf.ones([1, 2, 2, 1]), tf.ones([1, 3, 3, 1])];
      const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
      expect(() => run('MaxPoolGrad', { dy, input, output }, attrs)).toThrow(
        /must have shape \[1,2,2,1\], got \[1,3,3,1\] and \[1,2,2,1\]/,
      );
    });
  });
});
