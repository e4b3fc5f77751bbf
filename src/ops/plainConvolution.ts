import * as tf from '@tensorflow/tfjs-core';
import type { Geometry } from './convolutionGeometry.ts';
import { customGrad } from './customGrad.ts';
import { runKernel } from './engine.ts';
import { col2im, im2col } from './im2col.ts';

const sizeFromShape = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

const transpose = (x: tf.Tensor, perm: readonly number[]): tf.Tensor =>
  runKernel(tf.Transpose, { x }, { perm });

/** A filter as one matrix per group, `[groups, taps channels, filters]`, with the taps in the order of `im2col`. */
const matrices = (filter: tf.Tensor, { taps, groups }: Geometry): tf.Tensor => {
  const [channels, filters] = filter.shape.slice(-2) as [number, number];
  const transposed = transpose(filter, [2, 1, 0, 3, 4]);
  const deep = sizeFromShape(taps) * channels;
  return groups === 1
    ? tf.reshape(transposed, [1, deep, filters])
    : transpose(tf.reshape(transposed, [deep, groups, filters / groups]), [1, 0, 2]);
};

/** Splits the windows, or the rows of a result, by group. */
const splitGroups = (rows: tf.Tensor, taps: number, groups: number): tf.Tensor => {
  const numbers = rows.shape.at(-1)! / groups;
  const count = sizeFromShape(rows.shape.slice(0, -1));
  if (groups === 1) return tf.reshape(rows, [1, count, numbers]);
  const split = tf.reshape(rows, [count, taps, groups, numbers / taps]);
  return tf.reshape(transpose(split, [2, 0, 1, 3]), [groups, count, numbers]);
};

/** The inverse of `splitGroups`. */
const mergeGroups = (rows: tf.Tensor, taps: number): tf.Tensor => {
  const [groups, count, numbers] = rows.shape as [number, number, number];
  if (groups === 1) return rows;
  const split = tf.reshape(rows, [groups, count, taps, numbers / taps]);
  return transpose(split, [1, 2, 0, 3]);
};

/** The result for an empty input: zeros, with zero gradients. Not every backend can pad or slice an empty tensor. */
const zeroResult = (a: tf.Tensor, b: tf.Tensor, shape: readonly number[]): tf.Tensor =>
  customGrad((x: tf.Tensor, y: tf.Tensor) => ({
    value: tf.zeros([...shape]),
    gradient: () => [tf.zerosLike(x), tf.zerosLike(y)],
  }))(a, b);

/**
 * A convolution in plain operations, for any backend: the windows as rows, times the filter.
 *
 * @param x of shape [batch, ...inputs, channels]
 * @param filter of shape [...taps, channels / groups, filters]
 * @returns [batch, ...outputs, filters]
 */
export const plainConvolution = (x: tf.Tensor, filter: tf.Tensor, geometry: Geometry): tf.Tensor => {
  const { outputs, taps, groups } = geometry;
  const shape = [x.shape[0]!, ...outputs, filter.shape.at(-1)!];
  if (x.size === 0 || filter.size === 0) return zeroResult(x, filter, shape);
  const patches = splitGroups(im2col(x, geometry), sizeFromShape(taps), groups);
  const all = mergeGroups(tf.matMul(patches, matrices(filter, geometry)), 1);
  return tf.reshape(all, shape);
};

/**
 * The adjoint of `plainConvolution`, a transposed convolution.
 *
 * @param dy of shape [batch, ...outputs, filters]
 * @param filter of shape [...taps, channels / groups, filters]
 * @returns [batch, ...inputs, channels]
 */
export const plainTransposed = (dy: tf.Tensor, filter: tf.Tensor, geometry: Geometry): tf.Tensor => {
  const { inputs, outputs, taps, groups } = geometry;
  if (dy.size === 0 || filter.size === 0)
    return zeroResult(dy, filter, [dy.shape[0]!, ...inputs, filter.shape.at(-2)! * groups]);
  const patches = tf.matMul(splitGroups(dy, 1, groups), matrices(filter, geometry), false, true);
  const features = sizeFromShape(taps) * filter.shape.at(-2)! * groups;
  const all = tf.reshape(mergeGroups(patches, sizeFromShape(taps)), [dy.shape[0]!, ...outputs, features]);
  return col2im(all, geometry);
};
