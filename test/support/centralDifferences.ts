import * as tf from '@tensorflow/tfjs-core';
import { expectNumbers, take, values } from './numbers.ts';

/**
 * Compares the gradient of a scalar function with central differences, element by element. The tolerance
 * allows for float32: rounding of about 1e-7 / step beside the curvature's step^2.
 */
export const expectGradient = (
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { step = 2e-2, tolerance = 2e-3 }: { readonly step?: number; readonly tolerance?: number } = {},
): void => {
  const at = values(x);
  const valueAt = (index: number, moved: number): number =>
    tf.tidy(() => {
      const there = at.map((value, i) => (i === index ? moved : value));
      return tf.sum(f(tf.tensor(there, x.shape))).dataSync()[0] as number;
    });
  const differences = at.map((value, index) => {
    const [up, down] = [Math.fround(value + step), Math.fround(value - step)];
    return (valueAt(index, up) - valueAt(index, down)) / (up - down);
  });
  const gradient = tf.tidy(() => tf.grad((y: tf.Tensor) => tf.sum(f(y)))(x));
  expectNumbers(take(gradient), differences, tolerance);
};
