import * as tf from '@tensorflow/tfjs-core';
import { logOf } from './logOf.ts';
import { classesOf, type MetricOptions, metricOptions } from './rows.ts';

/**
 * The entropy of each row of probabilities, `-sum p log p` in nats, from 0 to `log(classes)`; a probability of
 * zero adds nothing. `[batch, classes]` gives `[batch]`, and further axes before the classes stay too. Of binary
 * outputs, `[batch, 1]` or with `multiLabel` any `[batch, outputs]`, each number has an entropy: the shape stays.
 *
 * @throws Error if the probabilities are not a tensor with a last axis, and where they can be read for what are no
 * probabilities (logits, NaN); elsewhere (on a GPU, mapped over) such a row is NaN
 * @example
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 0]])); // [0.693, 0]
 * entropy(tf.tensor2d([[0.5, 0.5], [1, 1]]), { multiLabel: true }); // [[0.693, 0.693], [0, 0]]
 */
export const entropy = (probabilities: tf.Tensor, options: MetricOptions = {}): tf.Tensor =>
  tf.tidy(() => {
    const p = classesOf('entropy', probabilities, metricOptions('entropy', options));
    return tf.neg(tf.sum(tf.mul(p, logOf(p)), -1));
  });
