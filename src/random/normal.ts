import type { Tensor } from '@tensorflow/tfjs-core';
import { drawKernels } from '../backend/drawKernels.ts';
import type { Key } from './key.ts';
import { type Sampler, sample } from './sample.ts';
import { fillStandardNormal } from './standardNormal.ts';
import { fillDraws } from './words.ts';

const sampler: Sampler<'float32'> = {
  dtype: 'float32',
  draw: (words, out, at, size) => fillDraws(words, fillStandardNormal, out, at, size),
  kernel: { name: drawKernels.standardNormal, attrs: {} },
};

/**
 * A float32 tensor of standard normal numbers, to rounding those of `jax.random.normal`, and to rounding
 * the same on every backend. The largest magnitude is 5.42.
 *
 * @throws Error if `key` is not a key or `shape` not a shape
 * @example
 * const noise = random.normal(random.key(0), [2, 3]);
 */
export const normal = (key: Key, shape: readonly number[]): Tensor =>
  sample('random.normal', key, shape, sampler);
