import * as tf from '@tensorflow/tfjs-core';
import { logOf } from './logOf.ts';
import { rowsOf } from './rows.ts';

/**
 * The mean over rows of minus the log of the label's probability, in nats; a scalar. Probabilities below 2^-126
 * (float32's smallest normal number) count as that, so that no row costs more than 87.34 nats.
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. NaN if a label is not one of the classes.
 *
 * @throws Error if the shapes do not fit
 * @example
 * negativeLogLikelihood(tf.tensor2d([[0.5, 0.5]]), tf.tensor1d([1], 'int32')); // log 2 = 0.693
 */
export const negativeLogLikelihood = (probabilities: tf.Tensor, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const rows = rowsOf('negativeLogLikelihood', probabilities, labels);
    return tf.neg(tf.mean(tf.sum(tf.mul(logOf(rows.probabilities), rows.targets), 1)));
  });
