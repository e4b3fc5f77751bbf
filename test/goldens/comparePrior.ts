import * as tf from '@tensorflow/tfjs-core';
import type { Prior } from 'tfjs-bayesian';
import { type Comparison, compare, compareNumber, wrong } from './compare.ts';
import { type Fields, has, numberIn } from './json.ts';

const points = [-2, -0.5, 0, 0.1, 3];

const asNumber = (value: number | tf.Tensor): number =>
  typeof value === 'number' ? value : (value.dataSync()[0] ?? Number.NaN);

/** The log density of a normal prior, apart from log(2 pi) / 2, or of a flat one. */
const expectedLogDensity = (expected: Fields, weight: number): number => {
  if (!has(expected, 'log_std')) return 0;
  const logStd = numberIn(expected, 'log_std');
  const variance = Math.exp(2 * logStd) + (has(expected, 'eps') ? numberIn(expected, 'eps') : 0);
  return -0.5 * ((weight - numberIn(expected, 'mean')) ** 2 / variance + Math.log(2 * Math.PI)) - logStd;
};

/** The log density of a quiet prior, apart from log(2 pi), by torch_blue's formula. */
const quietLogDensity = (expected: Fields, weight: number, mean: number): number => {
  const [meanMean, meanStd] = [numberIn(expected, 'mean_mean'), numberIn(expected, 'mean_std')];
  const variance = (numberIn(expected, 'std_ratio') * mean) ** 2 + numberIn(expected, 'eps');
  const squares = (weight - mean) ** 2 / variance + (mean - meanMean) ** 2 / meanStd ** 2;
  return -0.5 * (squares + Math.log(variance) + 2 * Math.log(meanStd) + 2 * Math.log(2 * Math.PI));
};

/**
 * Compares a quiet prior with its recorded attributes, by its log density around means some of which are so near to 0
 * that the epsilon shows.
 */
const compareQuiet = (name: string, prior: Prior, expected: Fields): readonly Comparison[] =>
  [1, Math.sqrt(numberIn(expected, 'eps'))].flatMap((unit) => {
    const means = Float32Array.from(points.map((point) => (point + 0.7) * unit));
    const weights = means.map((mean) => 1.5 * mean);
    const density = prior.logProb(tf.tensor1d(weights), { mean: tf.tensor1d(means) });
    return compare(`${name}.log_prob`, density, {
      shape: [points.length],
      data: [...weights].map((weight, i) => quietLogDensity(expected, weight, means[i] ?? 0)),
    });
  });

/**
 * Compares a prior with its recorded attributes: its moments, which closed forms and initial values use, and
 * its log density at some points, in which the epsilon shows too.
 */
export const comparePrior = (name: string, prior: Prior, expected: Fields): readonly Comparison[] => {
  if (has(expected, 'std_ratio')) return compareQuiet(name, prior, expected);
  const normal = has(expected, 'log_std');
  const scale = normal ? Math.exp(numberIn(expected, 'log_std')) : 1;
  const weights = Float32Array.from(
    points.map((point) => (normal ? numberIn(expected, 'mean') : 0) + scale * point),
  );
  const density = tf.add(prior.logProb(tf.tensor1d(weights), undefined), tf.zeros([points.length]));
  const compared = compare(`${name}.log_prob`, density, {
    shape: [points.length],
    data: [...weights].map((weight) => expectedLogDensity(expected, weight)),
  });
  if (!normal) return [compared];
  if (prior.moments === undefined) return [wrong(name, 'the prior has no moments')];
  return [
    compareNumber(`${name}.mean`, asNumber(prior.moments.mean), numberIn(expected, 'mean')),
    compareNumber(`${name}.std`, asNumber(prior.moments.std), scale),
    compared,
  ];
};
