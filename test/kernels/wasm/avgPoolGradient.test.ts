import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { images, run } from './convolutionCases.ts';
import { random, sameOnBoth } from './onBoth.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

describe('the gradient of average pooling on wasm', () => {
  test('is that of plain operations on cpu, for every window, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(images, ({ batch, size, taps, filters, strides, pad, seed }) =>
        sameOnBoth(() => {
          const x = random(seed, [batch, ...size, filters]) as tf.Tensor4D;
          const dy = random(seed + 1, run('AvgPool', { x }, { filterSize: taps, strides, pad }).shape);
          const f = (input: tf.Tensor) => run('AvgPool', { x: input }, { filterSize: taps, strides, pad });
          return [tf.grad(f)(x, dy)];
        }, 1e-6),
      ),
      { numRuns: 60 },
    );
  });
});
