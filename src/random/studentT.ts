import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import type { Key } from './key.ts';
import { type Fill, fillDraws } from './randomBits.ts';
import { checkShape, sample } from './sample.ts';

/** Options of `random.studentT`. */
export interface StudentTOptions {
  /** How heavy the tails are: the lower, the heavier. */
  readonly degreesOfFreedom: number;
}

const optionNames: OptionNames<StudentTOptions> = { degreesOfFreedom: true };

const unit = 2 ** -32;

/**
 * `sqrt(df (u^(-2 / df) - 1)) cos(2 pi v)` with `u` and `v` uniform, the two words of a counter (Bailey, Polar
 * generation of random variates with the t-distribution, 1994). Exact like the Box-Muller method, which it
 * approaches for many degrees of freedom, and without rejection.
 */
const fillStudentT =
  (degreesOfFreedom: number): Fill<Float32Array> =>
  (pairs, count, out, at) => {
    for (let i = 0; i < count; i++) {
      const u = ((pairs[2 * i]! >>> 0) + 0.5) * unit;
      const v = (pairs[2 * i + 1]! >>> 0) * unit;
      const radius = Math.sqrt(degreesOfFreedom * Math.expm1((-2 / degreesOfFreedom) * Math.log(u)));
      out[at + i] = radius * Math.cos(2 * Math.PI * v);
    }
  };

/**
 * A float32 tensor of numbers from Student's t-distribution around 0 with scale 1. Samples are computed in
 * JavaScript, so every backend gives the same ones; they differ from those of `jax.random.t`.
 *
 * @throws Error if `key` is not a key, `shape` not a shape, or `degreesOfFreedom` not a number above 0
 * @example
 * const noise = random.studentT(random.key(0), [2, 3], { degreesOfFreedom: 4 });
 */
export const studentT = (key: Key, shape: readonly number[], options: StudentTOptions): Tensor => {
  checkShape('random.studentT: shape', shape, 'random.studentT(key, [2, 3], { degreesOfFreedom: 4 })');
  const { degreesOfFreedom } = knownOptions('random.studentT', options, optionNames);
  const fill = fillStudentT(positiveNumber('random.studentT: degreesOfFreedom', degreesOfFreedom));
  return sample('random.studentT', key, shape, {
    dtype: 'float32',
    draw: (words, out, at, size) => fillDraws(words, fill, out, at, size),
  });
};
