import type { Tensor } from '@tensorflow/tfjs-core';
import { drawKernels } from '../ops/draws.ts';
import type { Key } from './key.ts';
import { type Fill, fillDraws } from './randomBits.ts';
import { type Sampler, sample } from './sample.ts';

const { fround, LN2, SQRT2, sqrt } = Math;

/** `u` is the float32 next to -1 plus a multiple of 2^-22, so it is never -1 or 1. */
const unit = 2 ** -22;
const lowest = -1 + 2 ** -24;

/** The float32 bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)), around 1. */
const rootHalfBits = 0x3f3504f3;

/**
 * Standard normal numbers, `sqrt(2) erfinv(u)` with `u` uniform in (-1, 1).
 *
 * The inverse error function is the single-precision one of M. Giles, Approximating the erfinv function, GPU
 * Computing Gems (2012): `u` times a polynomial in `w = -log(1 - u^2)` near the centre and in `sqrt(w)` in the
 * tails. `Math.log` would dominate the cost. Instead the logarithm is computed from the exponent and mantissa of
 * `1 - u^2` as a float32, by the first terms of `log m = 2 atanh((m - 1) / (m + 1))`, with an error below 1e-7.
 */
export const fillStandardNormal: Fill<Float32Array> = (pairs, count, out, at) => {
  const mantissa = new Float32Array(count);
  const bits = new Int32Array(mantissa.buffer);
  for (let i = 0; i < count; i++) {
    const u = fround(((pairs[2 * i]! ^ pairs[2 * i + 1]!) >>> 9) * unit + lowest);
    out[at + i] = u;
    mantissa[i] = (1 - u) * (1 + u);
  }
  for (let i = 0; i < count; i++) {
    const word = bits[i]!;
    const exponent = (word - rootHalfBits) >> 23;
    bits[i] = word - (exponent << 23);
    const above = mantissa[i]! - 1;
    const s = above / (2 + above);
    const s2 = s * s;
    const log = 2 * s * (1 + s2 * (1 / 3 + s2 * (1 / 5 + s2 * (1 / 7))));
    out[at + i] = SQRT2 * out[at + i]! * erfinvFactor(-(exponent * LN2 + log));
  }
};

/** `erfinv(u) / u` as a function of `-log(1 - u^2)`; coefficients by Giles. */
const erfinvFactor = (minusLog: number): number => {
  if (minusLog < 5) {
    const w = minusLog - 2.5;
    let p = 2.81022636e-8;
    p = 3.43273939e-7 + p * w;
    p = -3.5233877e-6 + p * w;
    p = -4.39150654e-6 + p * w;
    p = 2.1858087e-4 + p * w;
    p = -1.25372503e-3 + p * w;
    p = -4.17768164e-3 + p * w;
    p = 0.246640727 + p * w;
    return 1.50140941 + p * w;
  }
  const w = sqrt(minusLog) - 3;
  let p = -2.00214257e-4;
  p = 1.00950558e-4 + p * w;
  p = 1.34934322e-3 + p * w;
  p = -3.67342844e-3 + p * w;
  p = 5.73950773e-3 + p * w;
  p = -7.6224613e-3 + p * w;
  p = 9.43887047e-3 + p * w;
  p = 1.00167406 + p * w;
  return 2.83297682 + p * w;
};

const sampler: Sampler<'float32'> = {
  dtype: 'float32',
  draw: (words, out, at, size) => fillDraws(words, fillStandardNormal, out, at, size),
  kernel: { name: drawKernels.standardNormal, attrs: {} },
};

/**
 * A float32 tensor of standard normal numbers, equal up to rounding to `jax.random.normal` and across backends.
 * The largest magnitude is 5.42.
 *
 * @throws Error if `key` is not a key or `shape` not a shape
 * @example
 * const noise = random.normal(random.key(0), [2, 3]);
 */
export const normal = (key: Key, shape: readonly number[]): Tensor =>
  sample('random.normal', key, shape, sampler);
