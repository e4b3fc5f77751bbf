import type { Tensor } from '@tensorflow/tfjs-core';
import { positiveNumber } from '../check/index.ts';
import type { Key } from './key.ts';
import { sample } from './sample.ts';
import { type Fill, fillDraws } from './words.ts';

const unit = 2 ** -32;

/**
 * `sqrt(df (u^(-2 / df) - 1)) cos(2 pi v)` with `u` and `v` uniform: as exact as Box and Muller's normal, which
 * it is for many degrees of freedom, and without rejection (Bailey, Polar generation of random variates with
 * the t-distribution, 1994). `u` and `v` are the two words of a counter.
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
 * A float32 tensor of numbers from Student's t-distribution around 0 with scale 1. They are made in JavaScript, so
 * every backend has the same. (The numbers are not those of `jax.random.t`.)
 *
 * @throws Error if `key` is not a key, `degreesOfFreedom` not a number above 0, or `shape` not a shape
 * @example
 * const noise = random.studentT(random.key(0), 4, [2, 3]);
 */
export const studentT = (key: Key, degreesOfFreedom: number, shape: readonly number[]): Tensor => {
  const fill = fillStudentT(positiveNumber('random.studentT: degreesOfFreedom', degreesOfFreedom));
  return sample('random.studentT', key, shape, {
    dtype: 'float32',
    draw: (words, out, at, size) => fillDraws(words, fill, out, at, size),
  });
};
