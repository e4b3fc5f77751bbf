import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../backend/customGrad.ts';

/** A result that has no gradient. */
const constantly = (f: (x: tf.Tensor) => tf.Tensor) =>
  customGrad((x: tf.Tensor) => ({ value: f(x), gradient: () => tf.zerosLike(x) }));

const largestOf = constantly((x) => tf.max(x, 0));

/** What can be taken away from the numbers: their largest, unless it is infinite. */
const finiteOf = constantly((x) => tf.where(tf.equal(tf.sub(x, x), 0), x, tf.zerosLike(x)));

/**
 * The logarithm of the mean of exponentials over the first axis, without overflow: `[samples, ...]` to `[...]`. That of
 * numbers which are all -Infinity is -Infinity, where `tf.logSumExp` has NaN.
 *
 * @example
 * logMeanExp(tf.tensor1d([0, 0])); // 0
 */
export const logMeanExp = (x: tf.Tensor): tf.Tensor => {
  const largest = largestOf(x);
  const sum = tf.sum(tf.exp(tf.sub(x, finiteOf(largest))), 0);
  return tf.add(tf.log(tf.div(sum, x.shape[0] ?? 1)), largest);
};
