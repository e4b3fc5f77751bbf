import * as tf from '@tensorflow/tfjs-core';
import { correct } from './correct.ts';
import { type MetricOptions, metricOptions, rowsOf } from './rows.ts';

/**
 * The fraction of rows whose most probable class (the first of equals) is the label; a scalar.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. Here alone the classes may have logits in place of probabilities: the
 * greatest is the same. Of binary outputs `[batch, outputs]` (such as the mean of `bernoulli`; labels of that shape, zeros and
 * ones) each number counts as a row, and is right where it is above 0.5 for a one, and not for a zero.
 *
 * @throws Error if the shapes do not fit, and where they can be read for NaN, binary outputs out of the range from 0 to
 * 1 and labels that are not among the classes; elsewhere (on a GPU, mapped over) the result is NaN
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
    return tf.mean(correct(rowsOf('accuracy', probabilities, labels, given, { scores: true })));
  });
