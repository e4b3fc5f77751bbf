import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { ascending, sortedQuantile } from '../distributions/drawnQuantiles.ts';
import type { Interval } from '../distributions/index.ts';
import { checkTarget } from '../distributions/likelihood.ts';
import { normalQuantile } from '../distributions/specialFunctions.ts';
import { isTensor, tidied } from '../tree/index.ts';
import { type MeanAndVariance, meanAndStd } from './regressionScores.ts';

/**
 * The central interval that has a target with the probability `level`, of the targets' shape.
 *
 * For a prediction of mean and variance it is that of the normal with these. For draws of the targets, `[samples, ...]`,
 * it lies between quantiles of the draws, interpolated linearly. The option `interval` of `predict` gives that of the
 * mixture of all samples, which is exact for skewed predictions, too.
 *
 * @throws Error if the level is not between 0 and 1, or the prediction is not one of numbers
 * @example
 * const uncertainty = { total: tf.ones([1, 1]) };
 * const { lower, upper } = intervals({ mean: tf.zeros([1, 1]), uncertainty }, 0.95);
 * console.log(lower.dataSync()[0]!.toFixed(2)); // -1.96
 * console.log(upper.dataSync()[0]!.toFixed(2)); // 1.96
 */
export const intervals = (predicted: MeanAndVariance | tf.Tensor, level: number): Interval => {
  if (!(typeof level === 'number' && level > 0 && level < 1))
    invalidArgument('intervals: level', 'a probability above 0 and below 1', level);
  const above = (1 + level) / 2;
  return tidied(() => {
    if (isTensor(predicted)) {
      if (predicted.rank < 2 || predicted.size === 0)
        invalidArgument(
          'intervals: draws',
          'a tensor of shape [samples, batch, outputs], not empty',
          predicted,
        );
      const sorted = ascending(predicted);
      return { lower: sortedQuantile(sorted, (1 - level) / 2), upper: sortedQuantile(sorted, above) };
    }
    const { mean, std } = meanAndStd('intervals', predicted);
    const half = tf.mul(normalQuantile(above), std);
    return { lower: tf.sub(mean, half), upper: tf.add(mean, half) };
  });
};

/** The ends of an interval, if it is one. */
const checkInterval = (fn: string, interval: Interval): Interval => {
  const { lower, upper } = interval ?? {};
  return isTensor(lower) && isTensor(upper) && lower.size > 0 && sameShape(lower.shape, upper.shape)
    ? interval
    : invalidArgument(
        `${fn}: interval`,
        '{ lower, upper }, tensors of the same shape',
        isTensor(lower) && isTensor(upper) ? [lower, upper] : interval,
      );
};

/**
 * The share of targets inside their interval, ends included, over all elements; a scalar. Close to the interval's level if
 * predictions are calibrated: with `n` targets expect `level` up to about `2 sqrt(level (1 - level) / n)`.
 *
 * Targets have the shape of the interval's ends. NaN if a target or an end is NaN.
 *
 * @throws Error if the shapes differ
 * @example
 * const bounds = { lower: tf.zeros([2, 1]), upper: tf.ones([2, 1]) };
 * coverage(bounds, tf.tensor2d([[1], [2]])); // 0.5
 */
export const coverage = (interval: Interval, targets: tf.Tensor): tf.Scalar =>
  tf.tidy(() => {
    const { lower, upper } = checkInterval('coverage', interval);
    const y = tf.cast(checkTarget('coverage', lower, targets), 'float32');
    const inside = tf.logicalAnd(tf.greaterEqual(y, lower), tf.lessEqual(y, upper));
    // On some GPUs a comparison with NaN is true.
    const missing = [y, lower, upper].map((x) => tf.isNaN(x)).reduce((a, b) => tf.logicalOr(a, b));
    return tf.mean(tf.where(missing, tf.fill(y.shape, Number.NaN), tf.cast(inside, 'float32'))) as tf.Scalar;
  });

/**
 * The mean width of intervals over all elements, in units of the targets; a scalar. Of predictions with the right coverage,
 * the narrower are the better (Gneiting, Balabdaoui & Raftery, Probabilistic forecasts, calibration and sharpness, 2007).
 *
 * @throws Error if the two ends are not tensors of the same shape
 * @example
 * sharpness({ lower: tf.tensor2d([[0], [0]]), upper: tf.tensor2d([[1], [3]]) }); // 2
 */
export const sharpness = (interval: Interval): tf.Scalar =>
  tf.tidy(() => {
    const { lower, upper } = checkInterval('sharpness', interval);
    return tf.mean(tf.sub(upper, lower)) as tf.Scalar;
  });
