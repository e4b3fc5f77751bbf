import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** One argument of one sample: its shape and the range of its values. */
export interface Argument {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string';
}

export const float = (shape: readonly number[], low = -2, high = 2): Argument => ({
  shape,
  low,
  high,
  dtype: 'float32',
});
export const int = (shape: readonly number[], low: number, high: number): Argument => ({
  shape,
  low,
  high,
  dtype: 'int32',
});
export const bool = (shape: readonly number[]): Argument => ({ shape, low: 0, high: 2, dtype: 'bool' });
export const text = (shape: readonly number[]): Argument => ({ shape, low: 0, high: 9, dtype: 'string' });

const dimension = fc.integer({ min: 1, max: 3 });

/** The size of an axis, now and then none. */
export const sizeOrNone = fc.oneof(
  { weight: 9, arbitrary: dimension },
  { weight: 1, arbitrary: fc.constant(0) },
);
export const pickShape = (minLength: number, maxLength: number): fc.Arbitrary<readonly number[]> =>
  fc.array(dimension, { minLength, maxLength });

/** Several shapes that broadcast together. */
export const broadcastable = (count: number): fc.Arbitrary<readonly (readonly number[])[]> =>
  pickShape(0, 3).chain((full) =>
    fc.array(
      fc
        .tuple(
          fc.integer({ min: 0, max: full.length }),
          fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        )
        .map(([drop, ones]) => full.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop)),
      { minLength: count, maxLength: count },
    ),
  );

/** An axis of a shape, from the front or from the end. */
export const pickAxis = (shape: readonly number[], newAxes = 0): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length - newAxes, max: shape.length + newAxes - 1 });

/** The values of an argument, or of a batch of them: random, the same for the same seed. */
export const values = (shape: readonly number[], { low, high, dtype }: Argument, seed: number): tf.Tensor => {
  const uniform = tf.randomUniform([...shape], low, high, 'float32', seed);
  if (dtype === 'float32') return uniform;
  const whole = tf.floor(uniform);
  return dtype === 'string'
    ? tf.tensor(Array.from(whole.dataSync(), String), [...shape], 'string')
    : tf.cast(whole, dtype);
};
