import * as tf from '@tensorflow/tfjs-core';

/**
 * The sigmoid linear unit, or swish (Elfwing et al. 2018), element by element: `x sigmoid(x)`.
 *
 * @example
 * const net = sequential(linear(4, 16), silu, linear(16, 1));
 */
export const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));
