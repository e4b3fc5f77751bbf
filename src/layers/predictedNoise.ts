import * as tf from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import type { NoisyOutput } from '../distributions/index.ts';
import { isTensor } from '../tree/index.ts';

/**
 * The last piece of a regression network that predicts the noise of each target beside its mean: the first half
 * of the last axis is the mean, the second the log standard deviation, `[..., 2 outputs]` to `{ mean, logStd
 * }`. Goes with `gaussian()`; for noise that is the same for all inputs there is `learnedNoise`.
 *
 * @throws Error for an input whose last axis has no two halves
 * @example
 * const net = sequential(linear(1, 32), tf.tanh, linear(32, 2), predictedNoise);
 */
export const predictedNoise = (x: tf.Tensor): NoisyOutput => {
  const size = isTensor(x) ? (x.shape.at(-1) ?? 0) : 0;
  if (size < 2 || size % 2 !== 0) {
    misuse('predictedNoise: input', 'a tensor with a mean and a log standard deviation for each output', x);
  }
  const [mean, logStd] = tf.split(x, 2, x.rank - 1) as [tf.Tensor, tf.Tensor];
  return { mean, logStd };
};
