import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { drawKernels } from '../ops/draws.ts';
import type { Key } from './key.ts';
import { type Fill, fillDraws } from './randomBits.ts';
import { sample } from './sample.ts';

/** The interval of `uniform`. */
export interface UniformOptions {
  /** The lower end, included; default 0. */
  readonly min?: number;
  /** The upper end, excluded except through rounding to float32; default 1. */
  readonly max?: number;
}

const optionNames: OptionNames<UniformOptions> = { min: true, max: true };

/** The unit of the 23 random bits in a uniform number. */
const unit = 2 ** -23;

/** The lower end and the length of [min, max) in float32. */
const interval = (min: number, max: number): { readonly low: number; readonly range: number } => {
  const low = Math.fround(min);
  return { low, range: Math.fround(Math.fround(max) - low) };
};

/** Uniform numbers in [min, max), each operation rounded to float32 as in `jax.random.uniform`. */
export const fillUniform = (min: number, max: number): Fill<Float32Array> => {
  const { low, range } = interval(min, max);
  return (pairs, count, out, at) => {
    for (let i = 0; i < count; i++) {
      const fraction = ((pairs[2 * i]! ^ pairs[2 * i + 1]!) >>> 9) * unit;
      out[at + i] = Math.max(low, Math.fround(Math.fround(fraction * range) + low));
    }
  };
};

const finite = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isFinite(Math.fround(value))
    ? value
    : invalidArgument(argument, 'a finite number', value);

/**
 * A float32 tensor of numbers uniform in [min, max), equal to `jax.random.uniform`. Before scaling the numbers are
 * multiples of 2^-23.
 *
 * @throws Error if `key` is not a key, `shape` not a shape, or `min` is not below `max`
 * @example
 * random.uniform(random.key(0), [2, 3], { min: -1, max: 1 });
 */
export const uniform = (key: Key, shape: readonly number[], options: UniformOptions = {}): Tensor => {
  const { min = 0, max = 1 } = knownOptions('random.uniform', options, optionNames);
  finite('random.uniform: min', min);
  finite('random.uniform: max', max);
  if (!(min < max)) invalidArgument('random.uniform: max', `above min = ${min}`, max);
  const fill = fillUniform(min, max);
  return sample('random.uniform', key, shape, {
    dtype: 'float32',
    draw: (words, out, at, size) => fillDraws(words, fill, out, at, size),
    kernel: { name: drawKernels.uniform, attrs: interval(min, max) },
  });
};
