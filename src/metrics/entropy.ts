import * as tf from '@tensorflow/tfjs-core';
import { logOf } from './logOf.ts';
import { checkProbabilities } from './rows.ts';

/**
 * The entropy of each row of probabilities, `-sum p log p` in nats, from 0 to `log(classes)`; a probability of
 * zero adds nothing. `[batch, classes]` gives `[batch]`, and further axes before the classes stay too.
 *
 * @throws Error if the probabilities are not a tensor with a last axis
 * @example
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 0]])); // [0.693, 0]
 */
export const entropy = (probabilities: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const p = checkProbabilities('entropy', probabilities);
    return tf.neg(tf.sum(tf.mul(p, logOf(p)), -1));
  });
