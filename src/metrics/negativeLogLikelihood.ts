import * as tf from '@tensorflow/tfjs-core';
import { logOf } from './logOf.ts';
import { type MetricOptions, metricOptions, rowsOf } from './rows.ts';

/**
 * The mean over rows of minus the log of the label's probability, in nats; a scalar. Probabilities below 2^-126
 * (float32's smallest normal number) count as that, so that no row costs more than 87.34 nats.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. Of binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row.
 *
 * @throws Error if the shapes do not fit, and where they can be read for what are not probabilities (logits, NaN) or no
 * labels; elsewhere (on a GPU, mapped over) the result is NaN
 * @example
 * negativeLogLikelihood(tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([1], 'int32')); // log 2 = 0.693
 */
export const negativeLogLikelihood = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions = {},
): tf.Scalar =>
  tf.tidy(() => {
    const fn = 'negativeLogLikelihood';
    const rows = rowsOf(fn, probabilities, labels, metricOptions(fn, options));
    const logs = tf.sum(tf.mul(logOf(rows.probabilities), rows.targets), 1);
    return tf.neg(tf.mean(tf.mul(logs, rows.sound)));
  });
