import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import * as random from '../random/index.ts';
import { isTensor } from '../tree/index.ts';
import { type Prior, prior } from './prior.ts';

/** Options of `quiet`. */
export interface QuietOptions {
  /** The standard deviation of a weight relative to its mean; default 1. */
  readonly stdRatio?: number;
  /** The mean of the means; default 0. */
  readonly meanMean?: number;
  /** The standard deviation of the means; default 1. */
  readonly meanStd?: number;
  /** Added to the weight's variance, against division by 0 for a mean of 0; default 1e-10. */
  readonly eps?: number;
  /** Whether log densities include the constant -log(2 pi), for the weight and its mean; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<QuietOptions> = {
  stdRatio: true,
  meanMean: true,
  meanStd: true,
  eps: true,
  normalized: true,
};

/** The mean in a posterior's parameters; for a point mass its value. */
const meanIn = (params: unknown): tf.Tensor => {
  const { mean, value } = (params ?? {}) as { readonly mean?: unknown; readonly value?: unknown };
  const found = mean ?? value;
  return isTensor(found)
    ? found
    : invalidArgument(
        'quiet: parameters of the posterior',
        'a record with a mean, as normal() and studentT() have',
        params,
      );
};

const quietPrior = (options: Required<QuietOptions>): Prior => {
  const { stdRatio, meanMean, meanStd, eps, normalized } = options;
  const constant = 2 * Math.log(meanStd) + (normalized ? 2 * Math.log(2 * Math.PI) : 0);
  return prior({
    name: 'quiet',
    settings: { ...options },
    logProb: (weight, params) =>
      tf.tidy(() => {
        const mean = meanIn(params);
        const variance = tf.add(tf.square(tf.mul(mean, stdRatio)), eps);
        const ofWeight = tf.add(tf.div(tf.square(tf.sub(weight, mean)), variance), tf.log(variance));
        const ofMean = tf.square(tf.div(tf.sub(mean, meanMean), meanStd));
        return tf.mul(-0.5, tf.add(tf.add(ofWeight, ofMean), constant));
      }),
    rescale: (factor) =>
      quietPrior({
        ...options,
        meanMean: meanMean * factor,
        meanStd: meanStd * factor,
        eps: eps * factor,
      }),
    drawMoments: (shape, key) =>
      tf.tidy(() => {
        const mean = tf.add(tf.mul(random.normal(key, shape), meanStd), meanMean);
        return { mean, std: tf.mul(tf.abs(mean), stdRatio) };
      }),
  });
};

/**
 * torch_blue's quiet prior, which depends on the posterior's mean `m` of each weight: the means are normal around
 * `meanMean`, and each weight is normal around `m` with a standard deviation of `stdRatio |m|`, so small weights
 * have a small variance. The log density is
 * `-((x - m)^2 / v + log v + ((m - meanMean) / meanStd)^2) / 2 - log meanStd - log(2 pi)` with
 * `v = (stdRatio m)^2 + eps`. Rescaling multiplies `meanMean`, `meanStd` and `eps`. With `priorInitialization` it
 * samples the initial means.
 *
 * @throws Error if `stdRatio` or `meanStd` is not above 0, `eps` is below 0 or `meanMean` not finite; when
 * used, if the posterior has no mean
 * @example
 * const prior = quiet({ stdRatio: 0.5 });
 * const model = bayesian({ prior, priorInitialization: true })(linear(2, 1));
 */
export const quiet = (options: QuietOptions = {}): Prior => {
  const {
    stdRatio = 1,
    meanMean = 0,
    meanStd = 1,
    eps = 1e-10,
    normalized = true,
  } = knownOptions('quiet', options, optionNames);
  positiveNumber('quiet: stdRatio', stdRatio);
  positiveNumber('quiet: meanStd', meanStd);
  if (!Number.isFinite(meanMean)) invalidArgument('quiet: meanMean', 'a finite number', meanMean);
  if (!(Number.isFinite(eps) && eps >= 0))
    invalidArgument('quiet: eps', 'a finite number of at least 0', eps);
  return quietPrior({ stdRatio, meanMean, meanStd, eps, normalized });
};
