import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { peekValues } from '../distributions/peekValues.ts';
import { isTensor } from '../tree/index.ts';
import { checkScores, prefixSums, sort, ties } from './ranking.ts';
import { allSound, soundness } from './rows.ts';

/** Scores of rows that are positive or negative. */
interface Detection {
  readonly scores: tf.Tensor1D;
  /** 1 for a positive, 0 for a negative. */
  readonly positive: tf.Tensor1D;
  readonly positives: tf.Scalar;
  readonly negatives: tf.Scalar;
  /** 1, or NaN if a row is invalid and cannot be read. */
  readonly sound: tf.Scalar;
}

const checkDetection = (fn: string, given: tf.Tensor, isPositive: tf.Tensor): Detection => {
  const { values: scores, sound: soundScores } = checkScores(`${fn}: scores`, given);
  if (!isTensor(isPositive) || !sameShape(isPositive.shape, scores.shape)) {
    invalidArgument(`${fn}: isPositive`, `a tensor of shape [${scores.shape.join(', ')}]`, isPositive);
  }
  const positive = tf.cast(isPositive, 'float32') as tf.Tensor1D;
  const soundLabels = soundness(
    tf.cast(tf.logicalOr(tf.equal(positive, 0), tf.equal(positive, 1)), 'float32'),
    (at) => invalidArgument(`${fn}: isPositive at ${at}`, '0 or 1', peekValues(positive)[at]),
  );
  const positives: tf.Scalar = tf.sum(positive);
  return {
    scores,
    positive,
    positives,
    negatives: tf.sub(scores.size, positives),
    sound: allSound(tf.mul(soundScores, soundLabels)),
  };
};

/** The rank of each score, from 0 and averaged over ties, minus half the largest rank, divided by the number of scores. */
const centredRanks = (scores: tf.Tensor1D): tf.Tensor1D => {
  const n = scores.size;
  const { below, upTo } = ties(sort(scores).ascending, scores);
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
export const auroc = (scores: tf.Tensor, isPositive: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const rows = checkDetection('auroc', scores, isPositive);
    const { positive, positives, negatives } = rows;
    // The Mann-Whitney statistic. Centred ranks keep the sum small, where plain ranks would lose precision.
    const sum = tf.sum(tf.mul(positive, centredRanks(rows.scores)));
    const share = tf.mul(tf.div(sum, positives), tf.div(positive.size, negatives));
    // Half of 1, or of 0 / 0 without negatives.
    const area = tf.add(share, tf.div(tf.mul(negatives, 0.5), negatives));
    return tf.mul(area, rows.sound) as tf.Scalar;
  });

/** `ceil(0.95 * positives)`, exactly: half a row keeps a division that is a little too small from losing one. */
const neededPositives = (positives: tf.Scalar): tf.Scalar =>
  tf.sub(positives, tf.floor(tf.div(tf.add(positives, 0.5), 20)));

/**
 * The false positive rate at a true positive rate of 95 %: the fraction of negatives that score at least as high as the
 * threshold, the highest one that at least 95 % of the positives reach (Liang et al., Enhancing the reliability of
 * out-of-distribution image detection, 2018); a scalar. 0 for perfect separation, about 0.95 for uninformative scores.
 * Rows of the same score are all on one side of the threshold.
 *
 * Scores `[n]`, isPositive `[n]` (bool, or 0 and 1). NaN if all or none are positive. With an uncertainty as the score,
 * the positives are the unusual inputs. Papers that call the usual ones positive pass a confidence, such as the
 * negative of the uncertainty; the rate is then another one.
 *
 * @throws Error if the shapes do not fit, and where values can be read if a score is NaN or `isPositive` has a value other
 * than 0 and 1; elsewhere (on a GPU, inside `vmap`) the result is NaN
 * @example
 * fpr95(tf.tensor1d([0.9, 0.4, 0.6, 0.1]), tf.tensor1d([1, 1, 0, 0], 'bool')); // 0.5
 */
export const fpr95 = (scores: tf.Tensor, isPositive: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const rows = checkDetection('fpr95', scores, isPositive);
    const { positive, positives, negatives } = rows;
    const { ascending, order } = sort(tf.neg(rows.scores));
    // For a threshold at each row: how many rows and how many positives reach it.
    const { upTo } = ties(ascending, ascending);
    const found = tf.gather(prefixSums(tf.gather(positive, order)), upTo);
    const falseAlarms = tf.div(tf.sub(tf.cast(upTo, 'float32'), found), tf.maximum(negatives, 1));
    const enough = tf.greaterEqual(found, neededPositives(positives));
    const rate = tf.min(tf.where(enough, falseAlarms, tf.onesLike(falseAlarms)));
    // 1, or 0 / 0 without positives or without negatives.
    const defined = tf.mul(tf.div(positives, positives), tf.div(negatives, negatives));
    return tf.mul(tf.mul(rate, defined), rows.sound) as tf.Scalar;
  });
