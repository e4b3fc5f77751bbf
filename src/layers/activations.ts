import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';

/** Options of `gelu`. */
export interface GeluOptions {
  /** `'none'` (default) for the error function itself, `'tanh'` for its approximation. */
  readonly approximate?: 'none' | 'tanh';
}

const optionNames: OptionNames<GeluOptions> = { approximate: true };

const cubed = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.square(x));

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel 2016), element by element: `x P(Z <= x)` for a standard
 * normal `Z`, that is `x (1 + erf(x / sqrt 2)) / 2`; or its approximation
 * `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
 *
 * @throws Error if `approximate` is neither `'none'` nor `'tanh'`
 * @example
 * const net = sequential(linear(4, 16), gelu, linear(16, 1));
 * const quickGelu = (x: tf.Tensor) => gelu(x, { approximate: 'tanh' });
 * const quick = sequential(linear(4, 16), quickGelu, linear(16, 1));
 */
export const gelu = (x: tf.Tensor, options: GeluOptions = {}): tf.Tensor => {
  const { approximate = 'none' } = knownOptions('gelu', options, optionNames);
  if (approximate !== 'none' && approximate !== 'tanh') {
    invalidArgument('gelu: approximate', "'none' or 'tanh'", approximate);
  }
  const bend =
    approximate === 'none'
      ? tf.erf(tf.mul(x, Math.SQRT1_2))
      : tf.tanh(tf.mul(tf.add(x, tf.mul(cubed(x), 0.044715)), Math.sqrt(2 / Math.PI)));
  return tf.mul(tf.mul(x, 0.5), tf.add(bend, 1));
};

/**
 * The sigmoid linear unit, or swish (Elfwing et al. 2018), element by element: `x sigmoid(x)`.
 *
 * @example
 * const net = sequential(linear(4, 16), silu, linear(16, 1));
 */
export const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));
