import * as tf from '@tensorflow/tfjs-core';
import { rowsOf } from './rows.ts';

/**
 * The mean over rows of the squared distance, summed over classes, between the probabilities and a one at the
 * label (Brier, Verification of forecasts expressed in terms of probability, 1950); a scalar from 0 to 2.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. NaN if a label is not one of the classes.
 *
 * @throws Error if the shapes do not fit
 * @example
 * brierScore(tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([1], 'int32')); // 0.5
 */
export const brierScore = (probabilities: tf.Tensor, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const rows = rowsOf('brierScore', probabilities, labels);
    return tf.mean(tf.sum(tf.squaredDifference(rows.probabilities, rows.targets), 1));
  });
