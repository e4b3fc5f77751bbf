import * as tf from '@tensorflow/tfjs-core';
import {
  boundedLog,
  classProbabilities,
  correct,
  labelledRows,
  type MetricOptions,
  metricOptions,
} from './rows.ts';

/**
 * The fraction of rows whose most probable class (the first of ties) is the label; a scalar.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. Unlike the other metrics it also takes logits of classes, which have
 * the same maximum. For binary outputs, `[batch, 1]` or with `multiLabel` any `[batch, outputs]`, such as the mean of
 * `bernoulli` (labels of that shape, zeros and ones), each number counts as a row; above 0.5 it predicts a one, else a
 * zero.
 *
 * @throws Error if the shapes do not fit, and where values can be read for NaN, binary outputs outside the range from 0 to
 * 1 and labels that are not among the classes; elsewhere (on a GPU, inside `vmap`) the result is NaN
 * @example
 * accuracy(tf.tensor2d([[0.9, 0.1], [0.6, 0.4]]), tf.tensor1d([0, 1], 'int32')); // 0.5
 * accuracy(tf.tensor2d([[0.9], [0.2]]), tf.tensor2d([[0], [0]])); // 0.5
 */
export const accuracy = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions = {},
): tf.Scalar =>
  tf.tidy(() => {
    const given = metricOptions('accuracy', options);
    return tf.mean(correct(labelledRows('accuracy', probabilities, labels, given, { scores: true })));
  });

/**
 * The mean over rows of minus the log of the label's probability, in nats; a scalar. Probabilities below 2^-126
 * (float32's smallest normal number) count as that, so no row costs more than 87.34 nats.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. For binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row.
 *
 * @throws Error if the shapes do not fit, and where values can be read for invalid probabilities (logits, NaN) or labels;
 * elsewhere (on a GPU, inside `vmap`) the result is NaN
 * @example
 * const probabilities = tf.tensor2d([[0.5, 0.5]]);
 * negativeLogLikelihood(probabilities, tf.tensor1d([1], 'int32')); // log 2 = 0.693
 */
export const negativeLogLikelihood = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions = {},
): tf.Scalar =>
  tf.tidy(() => {
    const fn = 'negativeLogLikelihood';
    const rows = labelledRows(fn, probabilities, labels, metricOptions(fn, options));
    const logs = tf.sum(tf.mul(boundedLog(rows.probabilities), rows.targets), 1);
    return tf.neg(tf.mean(tf.mul(logs, rows.sound)));
  });

/**
 * The mean over rows of the squared distance, summed over classes, between the probabilities and the one-hot label
 * (Brier, Verification of forecasts expressed in terms of probability, 1950); a scalar from 0 to 2.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. For binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row of two
 * classes: `2 (p - y)^2`.
 *
 * @throws Error if the shapes do not fit, and where values can be read for invalid probabilities (logits, NaN) or labels;
 * elsewhere (on a GPU, inside `vmap`) the result is NaN
 * @example
 * brierScore(tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([1], 'int32')); // 0.5
 */
export const brierScore = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions = {},
): tf.Scalar =>
  tf.tidy(() => {
    const rows = labelledRows('brierScore', probabilities, labels, metricOptions('brierScore', options));
    const distances = tf.sum(tf.squaredDifference(rows.probabilities, rows.targets), 1);
    return tf.mean(tf.mul(distances, rows.sound));
  });

/**
 * The entropy of each row of probabilities, `-sum p log p` in nats, from 0 to `log(classes)`; a probability of zero adds
 * nothing. `[batch, classes]` gives `[batch]`; further axes before the classes are kept. For binary outputs, `[batch, 1]`
 * or with `multiLabel` any `[batch, outputs]`, each number has an entropy and the shape is kept.
 *
 * @throws Error if the probabilities are not a tensor with a last axis, and where values can be read for invalid
 * probabilities (logits, NaN); elsewhere (on a GPU, inside `vmap`) such a row is NaN
 * @example
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 0]])); // [0.693, 0]
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 1]]), { multiLabel: true });
 * // [[0.693, 0.693], [0, 0]]
 */
export const entropy = (probabilities: tf.Tensor, options: MetricOptions = {}): tf.Tensor =>
  tf.tidy(() => {
    const p = classProbabilities('entropy', probabilities, metricOptions('entropy', options));
    return tf.neg(tf.sum(tf.mul(p, boundedLog(p)), -1));
  });
