import * as tf from '@tensorflow/tfjs-core';

/**
 * Divides by the root mean square over some axes, with the mean taken off before where `centred` says so. The
 * gradient is written out: `(dy - [mean dy] - y mean(dy y)) / std`, a third of the passes that the operations
 * one by one would make over the tensor.
 *
 * @example
 * standardize(tf.tensor2d([[1, 3]]), [1], 0, true); // [[-1, 1]]
 */
export const standardize = (
  x: tf.Tensor,
  axes: readonly number[],
  eps: number,
  centred: boolean,
): tf.Tensor => {
  const mean = (of: tf.Tensor): tf.Tensor => tf.mean(of, [...axes], true);
  const centre = (of: tf.Tensor): tf.Tensor => (centred ? tf.sub(of, mean(of)) : of);
  return tf.customGrad((given, save) => {
    const deviation = centre(given as tf.Tensor);
    const inverse = tf.rsqrt(tf.add(mean(tf.square(deviation)), eps));
    const value = tf.mul(deviation, inverse);
    (save as tf.GradSaveFunc)([value, inverse]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [y, scale] = saved as [tf.Tensor, tf.Tensor];
      return tf.mul(tf.sub(centre(dy), tf.mul(y, mean(tf.mul(dy, y)))), scale);
    };
    return { value, gradFunc };
  })(x);
};
