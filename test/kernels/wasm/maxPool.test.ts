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

/** Numbers among which some are NaN, infinite, zero or equal. */
const special = (shape: readonly number[], seed: number): tf.Tensor => {
  const others = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, 1];
  const x = random(seed, shape);
  const given = Array.from(x.dataSync(), (each, at) =>
    (at + seed) % 3 === 0 ? (others[(at * 7 + seed) % 11] ?? each) : each,
  );
  x.dispose();
  return tf.tensor(given, [...shape]);
};

describe('max pooling on wasm', () => {
  test('and its gradient are those of the cpu backend, also of NaN, infinities, ties and padding', async () => {
    await fc.assert(
      fc.asyncProperty(images, ({ batch, size, taps, filters, strides, pad, seed }) => {
        const shape = [batch, ...size, filters] as [number, number, number, number];
        return sameOnBoth(() => {
          const x = special(shape, seed % 1000);
          const attrs = { filterSize: taps, strides, pad };
          // A window of nothing above -Infinity has no gradient on cpu.
          const input = tf.where(tf.equal(x, Number.NEGATIVE_INFINITY), tf.zerosLike(x), x);
          const output = run('MaxPool', { x: input }, attrs);
          const dy = random(seed + 1, output.shape);
          return [run('MaxPool', { x }, attrs), output, run('MaxPoolGrad', { dy, input, output }, attrs)];
        });
      }),
      { numRuns: 100 },
    );
  });

  test('of windows of two by two in vectors of channels takes the first of equal numbers', async () => {
    await sameOnBoth(() => {
      const x = special([3, 7, 6, 8], 5) as tf.Tensor4D;
      const output = tf.maxPool(x, 2, 2, 'valid');
      const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
      return [output, run('MaxPoolGrad', { dy: random(1, output.shape), input: x, output }, attrs)];
    });
  });
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
