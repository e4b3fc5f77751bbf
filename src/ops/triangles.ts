import * as tf from '@tensorflow/tfjs-core';

/**
 * Ones below the diagonal of an `[n, n]` matrix, and on it if it counts; zeros elsewhere. By arithmetic, since a comparison
 * that broadcasts takes 40 ms for 650 rows on wasm, and this less than one.
 */
const onesBelow = (size: number, withDiagonal: boolean): tf.Tensor => {
  const columns = tf.range(0, size, 1, 'float32');
  const rows = tf.range(withDiagonal ? 1 : 0, size + (withDiagonal ? 1 : 0), 1, 'float32');
  return tf.clipByValue(tf.sub(tf.reshape(rows, [size, 1]), columns), 0, 1);
};

const size = (x: tf.Tensor): number => x.shape.at(-1) ?? 0;

/**
 * Square matrices `[..., n, n]` with zeros above the diagonal.
 *
 * @example
 * lowerTriangle(tf.ones([2, 2])).print(); // [[1, 0], [1, 1]]
 */
export const lowerTriangle = (x: tf.Tensor): tf.Tensor => tf.tidy(() => tf.mul(x, onesBelow(size(x), true)));

/**
 * Square matrices `[..., n, n]` with zeros on the diagonal and above it.
 *
 * @example
 * strictlyLower(tf.ones([2, 2])).print(); // [[0, 0], [1, 0]]
 */
export const strictlyLower = (x: tf.Tensor): tf.Tensor => tf.tidy(() => tf.mul(x, onesBelow(size(x), false)));

/**
 * The diagonals of square matrices: `[..., n, n]` to `[..., n]`.
 *
 * @example
 * diagonal(tf.tensor2d([[1, 2], [3, 4]])).print(); // [1, 4]
 */
export const diagonal = (x: tf.Tensor): tf.Tensor => tf.tidy(() => tf.sum(tf.mul(x, tf.eye(size(x))), -1));

/**
 * The log determinant of positive definite matrices, by their Cholesky factors: `[..., n, n]` to `[...]`. The sum of
 * the logarithms of the factor's diagonal, twice.
 *
 * @example
 * const a = tf.tensor2d([[4, 2], [2, 3]]);
 * logDeterminant(cholesky(a)).print(); // log 8
 */
export const logDeterminant = (factor: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.mul(2, tf.sum(tf.log(diagonal(factor)), -1)));
