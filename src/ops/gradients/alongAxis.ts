import * as tf from '@tensorflow/tfjs-core';

/** A matrix as an array of rows. */
export type Rows = readonly (readonly number[])[];

/** A matrix whose entries are a function of row and column. */
export const matrixFromFunction = (
  rows: number,
  columns: number,
  entry: (row: number, column: number) => number,
): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns)),
    [rows, columns],
  );

/** Multiplies each vector along an axis of a tensor by a matrix, or by its transpose. */
export const alongAxis = (x: tf.Tensor, axis: number, matrix: tf.Tensor2D, transposed = false): tf.Tensor => {
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const [rows, columns] = matrix.shape;
  const shape = [...before, transposed ? columns : rows, ...after];
  const [outer, inner] = [before, after].map((sizes) => tf.util.sizeFromShape(sizes)) as [number, number];
  const product =
    inner === 1
      ? tf.matMul(tf.reshape(x, [outer, x.shape[axis]!]), matrix, false, !transposed)
      : tf.matMul(matrix, tf.reshape(x, [outer, x.shape[axis]!, inner]), transposed);
  return tf.reshape(product, shape);
};
