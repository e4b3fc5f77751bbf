import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import type { Key, Words } from './key.ts';
import { fillStandardNormal } from './normal.ts';
import { checkShape, type Draw, sample } from './sample.ts';
import { threefry } from './threefry.ts';

/** Options of `random.gamma`. */
export interface GammaOptions {
  /** The concentration, or shape parameter: mean and variance. */
  readonly concentration: number;
}

const optionNames: OptionNames<GammaOptions> = { concentration: true };

/** Samples whose first attempts are computed together. */
const chunk = 1024;

/** The upper counter word of the uniform numbers for concentrations below 1; attempts count up from 0. */
const boostCounter = 0xffffffff;

/** A uniform number in (0, 1) from 32 random bits. */
const uniform = (word: number): number => ((word >>> 0) + 0.5) * 2 ** -32;

/**
 * One attempt at a sample of concentration `d + 1/3`, at least 1, from a standard normal `x` and a uniform `u`.
 * NaN if rejected, which happens less than once in twenty (Marsaglia & Tsang, A simple method for generating
 * gamma variables, 2000).
 */
const proposal = (d: number, x: number, u: number): number => {
  const root = 1 + x / Math.sqrt(9 * d);
  if (root <= 0) return Number.NaN;
  const v = root * root * root;
  const x2 = x * x;
  const accepted = u < 1 - 0.0331 * x2 * x2 || Math.log(u) < 0.5 * x2 + d * (1 - v + Math.log(v));
  return accepted ? d * v : Number.NaN;
};

/** The attempts of sample `i` after its first, each with its own counter, until one is accepted. */
const retry = ({ k0, k1 }: Words, d: number, i: number): number => {
  const pair = new Int32Array(2);
  const normal = new Float32Array(1);
  for (let attempt = 1; ; attempt++) {
    threefry(k0, k1, attempt, i, 1, pair);
    fillStandardNormal(pair, 1, normal, 0);
    const value = proposal(d, normal[0]!, uniform(pair[0]!));
    if (value >= 0) return value;
  }
};

/** `log(u) / concentration`, with a separate uniform number for each sample `i`. */
const boost = ({ k0, k1 }: Words, concentration: number, i: number): number => {
  const pair = new Int32Array(2);
  threefry(k0, k1, boostCounter, i, 1, pair);
  return Math.log(uniform(pair[0]!)) / concentration;
};

/**
 * Sample `i` uses the counters `(attempt, i)`, so it depends only on the key and the index. The normal uses the
 * exclusive or of a counter's two words, `a ^ b`, which is independent of the uniform's word `a`.
 */
const drawGamma = (concentration: number): Draw<Float32Array> => {
  const small = concentration < 1;
  const d = (small ? concentration + 1 : concentration) - 1 / 3;
  return (words, out, at, size) => {
    const pairs = new Int32Array(2 * Math.min(size, chunk));
    const normals = new Float32Array(Math.min(size, chunk));
    for (let start = 0; start < size; start += chunk) {
      const count = Math.min(chunk, size - start);
      threefry(words.k0, words.k1, 0, start, count, pairs);
      fillStandardNormal(pairs, count, normals, 0);
      for (let i = 0; i < count; i++) {
        const first = proposal(d, normals[i]!, uniform(pairs[2 * i]!));
        const value = first >= 0 ? first : retry(words, d, start + i);
        // Below 1, a sample is one of concentration + 1 times u^(1 / concentration).
        out[at + start + i] = small ? value * Math.exp(boost(words, concentration, start + i)) : value;
      }
    }
  };
};

/**
 * A float32 tensor of gamma-distributed numbers with the given concentration (shape parameter) and scale 1. Mean
 * and variance equal the concentration. Samples are computed in JavaScript, so every backend gives the same ones;
 * they differ from those of `jax.random.gamma`. For concentrations far below 1, some underflow to 0.
 *
 * @throws Error if `key` is not a key, `shape` not a shape, or `concentration` not a number above 0
 * @example
 * const precision = random.gamma(random.key(0), [2, 3], { concentration: 2.5 });
 */
export const gamma = (key: Key, shape: readonly number[], options: GammaOptions): Tensor => {
  checkShape('random.gamma: shape', shape, 'random.gamma(key, [2, 3], { concentration: 1 })');
  const { concentration } = knownOptions('random.gamma', options, optionNames);
  return sample('random.gamma', key, shape, {
    dtype: 'float32',
    draw: drawGamma(positiveNumber('random.gamma: concentration', concentration)),
  });
};
