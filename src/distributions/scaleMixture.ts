import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import * as random from '../random/index.ts';
import { rescaled } from './locationScale.ts';
import { type Prior, prior } from './prior.ts';

/** Options of `scaleMixture`. */
export interface ScaleMixtureOptions {
  /** The weight of each component; they sum to 1. Default [1/2, 1/2]. */
  readonly weights?: readonly number[];
  /** The standard deviation of each component; default 1 and exp(-6). */
  readonly stds?: readonly number[];
  /** Whether log densities include the constant -log(2 pi) / 2; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<ScaleMixtureOptions> = { weights: true, stds: true, normalized: true };

const assertShares = (weights: readonly number[], components: number): void => {
  if (!Array.isArray(weights)) invalidArgument('scaleMixture: weights', 'a list of numbers', weights);
  for (const weight of weights) positiveNumber('scaleMixture: weights', weight);
  if (weights.length !== components) {
    invalidArgument('scaleMixture: weights', `one for each of the ${components} stds`, weights);
  }
  if (Math.abs(weights.reduce((a, b) => a + b, 0) - 1) > 1e-6) {
    invalidArgument('scaleMixture: weights', 'numbers that sum to 1', weights);
  }
};

const mixturePrior = (weights: readonly number[], stds: readonly number[], normalized: boolean): Prior => {
  const constant = normalized ? 0.5 * Math.log(2 * Math.PI) : 0;
  return prior({
    name: 'scaleMixture',
    settings: { weights, stds, normalized },
    logProb: (weight) =>
      tf.tidy(() => {
        const components = stds.map((std, i) => {
          const quadratic = tf.mul(-0.5, tf.square(tf.div(weight, std)));
          return tf.add(quadratic, Math.log(weights[i] ?? 0) - Math.log(std) - constant);
        });
        return tf.logSumExp(tf.stack(components), 0);
      }),
    rescale: (factor) =>
      mixturePrior(
        weights,
        stds.map((std) => rescaled({ mean: 0, scale: std }, factor).scale),
        normalized,
      ),
    sample: (shape, key) =>
      tf.tidy(() => {
        const [componentKey, noiseKey] = random.split(key) as [random.Key, random.Key];
        const u = random.uniform(componentKey, shape);
        // Each component adds the step from the standard deviation of the one before it.
        const std = stds.reduce<{ readonly sum: tf.Tensor; readonly below: number }>(
          ({ sum, below }, each, k) => ({
            sum: tf.add(
              sum,
              tf.mul(each - (stds[k - 1] ?? 0), tf.cast(tf.greaterEqual(u, below), 'float32')),
            ),
            below: below + (weights[k] ?? 0),
          }),
          { sum: tf.zerosLike(u), below: 0 },
        ).sum;
        return tf.mul(std, random.normal(noiseKey, shape));
      }),
    moments: {
      mean: 0,
      std: Math.sqrt(stds.reduce((sum, std, i) => sum + (weights[i] ?? 0) * std ** 2, 0)),
    },
  });
};

/**
 * A mixture of normals around 0, `sum_k weights_k N(0, stds_k^2)`. With one wide and one very narrow component, most
 * weights are held near 0 while some are free (Blundell et al. 2015, eq. 7, where `weights` is `[pi, 1 - pi]`).
 * Rescaling multiplies the standard deviations by the factor + 1e-5.
 *
 * @throws Error if `stds` is empty, one of them is not above 0, or `weights` do not match them or do not sum to 1
 * @example
 * const prior = scaleMixture({ weights: [0.25, 0.75], stds: [1, Math.exp(-7)] });
 * const model = bayesian({ prior })(linear(2, 1));
 */
export const scaleMixture = (options: ScaleMixtureOptions = {}): Prior => {
  const { stds = [1, Math.exp(-6)], normalized = true } = knownOptions('scaleMixture', options, optionNames);
  const { weights = Array.from(stds, () => 1 / stds.length) } = options;
  if (!Array.isArray(stds) || stds.length === 0)
    invalidArgument('scaleMixture: stds', 'one or more standard deviations', stds);
  for (const std of stds) positiveNumber('scaleMixture: stds', std);
  assertShares(weights, stds.length);
  return mixturePrior(weights, stds, normalized);
};
