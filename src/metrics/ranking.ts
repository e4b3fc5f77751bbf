import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { soundness } from './rows.ts';

/** Numbers of rows, and 1 for each row or NaN where it is NaN and cannot be read. */
export interface Scores {
  readonly values: tf.Tensor1D;
  readonly sound: tf.Tensor1D;
}

/**
 * Scores `[n]` as float32.
 *
 * @throws Error naming the argument unless it is a tensor of shape `[n]`, not empty, and, where it can be read, if a score
 * is NaN
 */
export const checkScores = (argument: string, scores: unknown): Scores => {
  if (!isTensor(scores) || scores.rank !== 1 || scores.size === 0) {
    return invalidArgument(argument, 'a tensor of shape [n], not empty', scores);
  }
  const values = tf.cast(scores, 'float32') as tf.Tensor1D;
  const sound = soundness(tf.cast(tf.logicalNot(tf.isNaN(values)), 'float32'), (at) =>
    invalidArgument(`${argument} at ${at}`, 'a number', Number.NaN),
  );
  return { values, sound };
};

/** Scores in ascending order, and the row of each. */
export const sort = (
  scores: tf.Tensor1D,
): { readonly ascending: tf.Tensor1D; readonly order: tf.Tensor1D } => {
  const { values, indices } = tf.topk(tf.neg(scores), scores.size);
  return { ascending: tf.neg(values), order: indices };
};

/** For each score how many of the sorted ones are below it, and how many are not above it; int32. */
export const ties = (
  ascending: tf.Tensor1D,
  scores: tf.Tensor1D,
): { readonly below: tf.Tensor1D; readonly upTo: tf.Tensor1D } => {
  // tf.searchSorted returns [1, n] for [n].
  const search = (side: 'left' | 'right'): tf.Tensor1D =>
    tf.reshape(tf.searchSorted(ascending, scores, side), [-1]);
  return { below: search('left'), upTo: search('right') };
};

/** The sums of the first 0, 1, ..., n values, `[n + 1]`. */
export const prefixSums = (values: tf.Tensor1D): tf.Tensor1D =>
  tf.concat([tf.zeros([1]), tf.cumsum(values) as tf.Tensor1D]);
