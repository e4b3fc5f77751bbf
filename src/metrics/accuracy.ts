import * as tf from '@tensorflow/tfjs-core';
import { correct } from './correct.ts';
import { rowsOf } from './rows.ts';

/**
 * The fraction of rows whose most probable class (the first of equals) is the label; a scalar.
 *
 * Probabilities (or logits) `[batch, classes]`, labels `[batch]`. NaN if a label is not one of the classes.
 *
 * @throws Error if the shapes do not fit
 * @example
 * accuracy(tf.tensor2d([[0.9, 0.1], [0.6, 0.4]]), tf.tensor1d([0, 1], 'int32')); // 0.5
 */
export const accuracy = (probabilities: tf.Tensor, labels: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.mean(correct(rowsOf('accuracy', probabilities, labels))));
