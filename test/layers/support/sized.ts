import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** A small size. */
export const size = (max = 4) => fc.integer({ min: 1, max });

/** Uniform numbers in (-1, 1) of a shape, from a seed. */
export const uniform = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.randomUniform([...shape], -1, 1, 'float32', seed);
