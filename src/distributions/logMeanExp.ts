import * as tf from '@tensorflow/tfjs-core';

/** The largest over the first axis, or 0 where that is not finite. It shifts what is added up and has no gradient. */
const shiftOf = tf.customGrad((x) => {
  const largest = tf.max(x as tf.Tensor, 0);
  return {
    value: tf.where(tf.equal(tf.sub(largest, largest), 0), largest, tf.zerosLike(largest)),
    gradFunc: () => [tf.zerosLike(x as tf.Tensor)],
  };
});

/**
 * The logarithm of the mean of exponentials over the first axis, without overflow: `[samples, ...]` to `[...]`. That of
 * numbers which are all -Infinity is -Infinity, where `tf.logSumExp` has NaN.
 *
 * @example
 * logMeanExp(tf.tensor1d([0, 0])); // 0
 */
export const logMeanExp = (x: tf.Tensor): tf.Tensor => {
  const shift = shiftOf(x);
  const sum = tf.sum(tf.exp(tf.sub(x, shift)), 0);
  return tf.add(tf.log(tf.div(sum, x.shape[0] ?? 1)), shift);
};
