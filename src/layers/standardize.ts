import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../backend/customGrad.ts';
import { isDifferentiatedAgain, savedOutput } from '../backend/gradients/savedOutput.ts';

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
  const inverseOf = (deviation: tf.Tensor): tf.Tensor => tf.rsqrt(tf.add(mean(tf.square(deviation)), eps));
  return customGrad((given: tf.Tensor) => {
    const deviation = centre(given);
    const inverse = inverseOf(deviation);
    const value = tf.mul(deviation, inverse);
    return {
      value,
      saved: [given, value, inverse],
      gradient: (dy, [input, output, constant]) => {
        const y = savedOutput(output);
        // For a gradient of the gradient, the scale is a function of the input.
        const scale = isDifferentiatedAgain() ? inverseOf(centre(input)) : constant;
        return tf.mul(tf.sub(centre(dy), tf.mul(y, mean(tf.mul(dy, y)))), scale);
      },
    };
  })(x);
};
