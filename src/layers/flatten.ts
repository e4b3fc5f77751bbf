import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import type { Unary } from './sequential.ts';

/**
 * Joins all axes but the first, the batch: `[batch, ...]` to `[batch, features]`.
 *
 * @throws Error, when called, for a scalar
 * @example
 * const net = sequential(flatten(), linear(784, 10));
 */
export const flatten = (): Unary => (x) => {
  const [rows, ...features] = x.shape;
  return tf.reshape(x, [
    rows ?? misuse('flatten: input', 'a tensor with a batch axis', x),
    tf.util.sizeFromShape(features),
  ]);
};
