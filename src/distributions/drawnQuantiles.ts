import * as tf from '@tensorflow/tfjs-core';

/**
 * Draws in ascending order on the last axis: `[samples, ...]` to `[..., samples]`. Those with a NaN among them are all NaN.
 *
 * @example
 * ascending(tf.tensor2d([[3], [1], [2]])); // [[1, 2, 3]]
 */
export const ascending = (draws: tf.Tensor): tf.Tensor => {
  const axes = Array.from({ length: draws.rank }, (_, axis) => axis);
  const last = tf.transpose(tf.cast(draws, 'float32'), [...axes.slice(1), 0]);
  const sorted = tf.neg(tf.topk(tf.neg(last), draws.shape[0] ?? 1).values);
  const hasNaN = tf.any(tf.isNaN(last), -1, true);
  return tf.where(tf.broadcastTo(hasNaN, sorted.shape), tf.fill(sorted.shape, Number.NaN), sorted);
};

/**
 * The quantile of draws in ascending order, of the shape of one: interpolated linearly (Hyndman & Fan 1996, definition
 * 7), or, for integers, the smallest draw that the probability does not exceed (definition 1).
 *
 * @example
 * sortedQuantile(tf.tensor2d([[1, 2, 4]]), 0.75); // [3]
 */
export const sortedQuantile = (sorted: tf.Tensor, probability: number, discrete = false): tf.Tensor => {
  const count = sorted.shape.at(-1) ?? 1;
  const shape = sorted.shape.slice(0, -1);
  const at = (index: number): tf.Tensor =>
    tf.reshape(tf.slice(sorted, [...shape.map(() => 0), index], [...shape, 1]), shape);
  // A product that is an integer may exceed it by rounding.
  if (discrete) return at(Math.max(0, Math.ceil(probability * count - 1e-9) - 1));
  const place = probability * (count - 1);
  const below = Math.floor(place);
  const first = at(below);
  return tf.add(first, tf.mul(tf.sub(at(Math.min(below + 1, count - 1)), first), place - below));
};

/**
 * Quantiles of draws `[samples, rows, outputs]`, each `[rows, outputs]`.
 *
 * @example
 * drawnQuantiles(tf.tensor3d([1, 2, 4], [3, 1, 1]), [0.5], false); // [[[2]]]
 */
export const drawnQuantiles = (
  draws: tf.Tensor,
  probabilities: readonly number[],
  discrete: boolean,
): readonly tf.Tensor[] => {
  const sorted = ascending(draws);
  return probabilities.map((p) => sortedQuantile(sorted, p, discrete));
};
