import * as tf from '@tensorflow/tfjs-core';

/**
 * Sums all axes but the first, the batch: `[batch, ...]` to `[batch]`; a scalar stays one.
 *
 * @example
 * sumPerRow(tf.ones([2, 3, 4])); // [12, 12]
 */
export const sumPerRow = (x: tf.Tensor): tf.Tensor =>
  x.rank < 2
    ? x
    : tf.sum(
        x,
        Array.from({ length: x.rank - 1 }, (_, axis) => axis + 1),
      );
