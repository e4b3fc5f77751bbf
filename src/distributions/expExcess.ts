import * as tf from '@tensorflow/tfjs-core';

/**
 * `e^x - 1 - x` of each number, 0 or above: what the exponential function is above its tangent at 0. Divergences are made of
 * it, since it is where they vanish that differences of exponentials lose their digits.
 *
 * @example
 * expExcess(tf.tensor1d([0, 0.001])); // [0, 5.0017e-7]
 */
export const expExcess = (x: tf.Tensor): tf.Tensor =>
  tf.customGrad((...given) => {
    const [of, save] = given as unknown as [tf.Tensor, tf.GradSaveFunc];
    save([of]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.expm1(saved[0] as tf.Tensor));
    return { value: tf.sub(tf.expm1(of), of), gradFunc };
  })(x);
