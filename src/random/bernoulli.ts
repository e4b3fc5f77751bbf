import type { Tensor } from '@tensorflow/tfjs-core';
import { drawKernels } from '../backend/drawKernels.ts';
import { misuse } from '../check/index.ts';
import type { Key } from './key.ts';
import { sample } from './sample.ts';
import { type Fill, fillDraws } from './words.ts';

const fillBelow = (threshold: number): Fill<Float32Array> => {
  return (pairs, count, out, at) => {
    for (let i = 0; i < count; i++) {
      out[at + i] = (pairs[2 * i]! ^ pairs[2 * i + 1]!) >>> 9 < threshold ? 1 : 0;
    }
  };
};

/**
 * A float32 tensor of ones, each with the given probability, and zeros: where `jax.random.bernoulli` is true.
 *
 * @throws Error if `key` is not a key, `probability` not a number in [0, 1], or `shape` not a shape
 * @example
 * const mask = random.bernoulli(random.key(0), 0.9, [2, 3]);
 */
export const bernoulli = (key: Key, probability: number, shape: readonly number[]): Tensor => {
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
    misuse('random.bernoulli: probability', 'a number in [0, 1]', probability);
  }
  const threshold = Math.fround(probability) * 2 ** 23;
  const fill = fillBelow(threshold);
  return sample('random.bernoulli', key, shape, {
    dtype: 'float32',
    draw: (words, out, at, size) => fillDraws(words, fill, out, at, size),
    kernel: { name: drawKernels.bernoulli, attrs: { threshold } },
  });
};
