import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { peekValues } from '../distributions/peekValues.ts';
import { isTensor } from '../tree/index.ts';
import { allSound, soundness } from './rows.ts';

/** The rank of each score, from 0 and averaged over ties, minus half the largest rank, divided by the number of scores. */
const centredRanks = (scores: tf.Tensor1D): tf.Tensor1D => {
  const n = scores.size;
  const ascending = tf.neg(tf.topk(tf.neg(scores), n).values);
  const below = tf.searchSorted(ascending, scores, 'left');
  const upTo = tf.searchSorted(ascending, scores, 'right');
  return tf.div(tf.sub(tf.add(tf.cast(below, 'float32'), tf.cast(upTo, 'float32')), n), 2 * n);
};

/**
 * The area under the receiver operating characteristic: the probability that a positive has a higher score than a
 * negative, ties counting half (Hanley & McNeil 1982); a scalar. 1 for perfect separation, 0.5 for uninformative scores.
 *
 * Scores `[n]`, isPositive `[n]` (bool, or 0 and 1). NaN if all or none are positive.
 *
 * @throws Error if the shapes do not fit, and where values can be read if a score is NaN or `isPositive` has a value other
 * than 0 and 1; elsewhere (on a GPU, inside `vmap`) the result is NaN
 * @example
 * auroc(tf.tensor1d([0.9, 0.4, 0.6]), tf.tensor1d([1, 0, 0], 'bool')); // 1
 */
export const auroc = (scores: tf.Tensor, isPositive: tf.Tensor): tf.Scalar => {
  if (!isTensor(scores) || scores.rank !== 1 || scores.size === 0) {
    invalidArgument('auroc: scores', 'a tensor of shape [n], not empty', scores);
  }
  if (!isTensor(isPositive) || !sameShape(isPositive.shape, scores.shape)) {
    invalidArgument('auroc: isPositive', `a tensor of shape [${scores.shape.join(', ')}]`, isPositive);
  }
  return tf.tidy(() => {
    const positive = tf.cast(isPositive, 'float32') as tf.Tensor1D;
    const soundLabels = soundness(
      tf.cast(tf.logicalOr(tf.equal(positive, 0), tf.equal(positive, 1)), 'float32'),
      (at) => invalidArgument(`auroc: isPositive at ${at}`, '0 or 1', peekValues(positive)[at]),
    );
    const soundScores = soundness(tf.cast(tf.logicalNot(tf.isNaN(scores)), 'float32') as tf.Tensor1D, (at) =>
      invalidArgument(`auroc: scores at ${at}`, 'a number', Number.NaN),
    );
    const positives: tf.Scalar = tf.sum(positive);
    const negatives = tf.sub(scores.size, positives);
    // The Mann-Whitney statistic. Centred ranks keep the sum small, where plain ranks would lose precision.
    const sum = tf.sum(tf.mul(positive, centredRanks(tf.cast(scores, 'float32') as tf.Tensor1D)));
    const share = tf.mul(tf.div(sum, positives), tf.div(scores.size, negatives));
    // Half of 1, or of 0 / 0 without negatives.
    const area = tf.add(share, tf.div(tf.mul(negatives, 0.5), negatives));
    return tf.mul(area, allSound(tf.mul(soundScores, soundLabels))) as tf.Scalar;
  });
};
