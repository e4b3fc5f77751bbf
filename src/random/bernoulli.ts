import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { drawKernels } from '../ops/draws.ts';
import type { Key } from './key.ts';
import { type Fill, fillDraws } from './randomBits.ts';
import { checkShape, sample } from './sample.ts';

/** Options of `random.bernoulli`. */
export interface BernoulliOptions {
  /** The probability of a one. */
  readonly p: number;
}

const optionNames: OptionNames<BernoulliOptions> = { p: true };

const fillBelow = (threshold: number): Fill<Float32Array> => {
  return (pairs, count, out, at) => {
    for (let i = 0; i < count; i++) {
      out[at + i] = (pairs[2 * i]! ^ pairs[2 * i + 1]!) >>> 9 < threshold ? 1 : 0;
    }
  };
};

/**
 * A float32 tensor of ones, each with probability `p`, and zeros: where `jax.random.bernoulli` is true.
 *
 * @throws Error if `key` is not a key, `shape` not a shape, or `p` not a number in [0, 1]
 * @example
 * const mask = random.bernoulli(random.key(0), [2, 3], { p: 0.9 });
 */
export const bernoulli = (key: Key, shape: readonly number[], options: BernoulliOptions): Tensor => {
  checkShape('random.bernoulli: shape', shape, 'random.bernoulli(key, [2, 3], { p: 0.5 })');
  const { p } = knownOptions('random.bernoulli', options, optionNames);
  if (typeof p !== 'number' || !(p >= 0 && p <= 1))
    invalidArgument('random.bernoulli: p', 'a number in [0, 1]', p);
  const threshold = Math.fround(p) * 2 ** 23;
  const fill = fillBelow(threshold);
  return sample('random.bernoulli', key, shape, {
    dtype: 'float32',
    draw: (words, out, at, size) => fillDraws(words, fill, out, at, size),
    kernel: { name: drawKernels.bernoulli, attrs: { threshold } },
  });
};
