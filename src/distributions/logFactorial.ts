import * as tf from '@tensorflow/tfjs-core';

/**
 * The logarithm of the factorial of each element, all 0 or above: Stirling's series at `x + 4` (DLMF 5.11.1),
 * less the three factors that this has too many. tfjs has no log gamma function.
 *
 * @example
 * logFactorial(tf.tensor1d([0, 1, 4])); // [0, 0, log 24]
 */
export const logFactorial = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const z = tf.add(x, 4);
    const r = tf.square(tf.reciprocal(z));
    const series = tf.div(tf.add(tf.mul(tf.sub(tf.mul(r, 1 / 1260), 1 / 360), r), 1 / 12), z);
    const stirling = tf.add(tf.sub(tf.mul(tf.sub(z, 0.5), tf.log(z)), z), 0.5 * Math.log(2 * Math.PI));
    const factors = tf.mul(tf.mul(tf.add(x, 1), tf.add(x, 2)), tf.add(x, 3));
    return tf.sub(tf.add(stirling, series), tf.log(factors));
  });
