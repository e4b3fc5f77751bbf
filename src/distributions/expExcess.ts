import * as tf from '@tensorflow/tfjs-core';
import { customGrad } from '../backend/customGrad.ts';

/**
 * `e^x - 1 - x` of each number, 0 or above: what the exponential function is above its tangent at 0. Divergences are made of
 * it, since it is where they vanish that differences of exponentials lose their digits.
 *
 * @example
 * expExcess(tf.tensor1d([0, 0.001])); // [0, 5.0017e-7]
 */
export const expExcess = customGrad((x: tf.Tensor) => ({
  value: tf.sub(tf.expm1(x), x),
  saved: [x],
  gradient: (dy, [of]) => tf.mul(dy, tf.expm1(of)),
}));
