import * as tf from '@tensorflow/tfjs-core';
import { type MetricOptions, metricOptions, rowsOf } from './rows.ts';

/**
 * The mean over rows of the squared distance, summed over classes, between the probabilities and a one at the
 * label (Brier, Verification of forecasts expressed in terms of probability, 1950); a scalar from 0 to 2.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. Of binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row of two
 * classes: `2 (p - y)^2`.
 *
 * @throws Error if the shapes do not fit, and where they can be read for what are not probabilities (logits, NaN) or no
 * labels; elsewhere (on a GPU, mapped over) the result is NaN
 * @example
 * brierScore(tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([1], 'int32')); // 0.5
 */
export const brierScore = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions = {},
): tf.Scalar =>
  tf.tidy(() => {
    const rows = rowsOf('brierScore', probabilities, labels, metricOptions('brierScore', options));
    const distances = tf.sum(tf.squaredDifference(rows.probabilities, rows.targets), 1);
    return tf.mean(tf.mul(distances, rows.sound));
  });
