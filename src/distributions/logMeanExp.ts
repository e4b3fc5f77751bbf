import * as tf from '@tensorflow/tfjs-core';

/**
 * The logarithm of the mean of exponentials over the first axis, without overflow: `[samples, ...]` to `[...]`.
 *
 * @example
 * logMeanExp(tf.tensor1d([0, 0])); // 0
 */
export const logMeanExp = (x: tf.Tensor): tf.Tensor => tf.sub(tf.logSumExp(x, 0), Math.log(x.shape[0] ?? 1));
