import * as tf from '@tensorflow/tfjs-core';
import { random } from 'tfjs-bayesian';
import type { Run } from './contender.ts';

/** Sums and means over rows, columns, all but the last of four axes, and everything, and a product of two long vectors. */
export const reducing = (): Run => {
  const matrix = random.normal(random.key(0), [2048, 512]);
  const images = random.normal(random.key(1), [64, 32, 32, 16]);
  const row = tf.reshape(images, [1, -1]);
  return () => {
    const read = tf.tidy(() =>
      [
        tf.sum(matrix, 0),
        tf.sum(matrix, 1),
        tf.mean(matrix, 0),
        tf.mean(matrix),
        tf.sum(images, [0, 1, 2]),
        tf.mean(images, [1, 2]),
        tf.matMul(row, row, false, true),
      ].map((sum) => tf.reshape(sum, [-1])),
    );
    const all: tf.Tensor1D = tf.concat(read as tf.Tensor1D[]);
    all.dataSync();
    tf.dispose([all, ...read]);
  };
};
