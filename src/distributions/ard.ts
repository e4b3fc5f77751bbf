import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveNumber } from '../check/index.ts';
import { customGrad } from '../ops/customGrad.ts';
import { isTensor } from '../tree/index.ts';
import { type Prior, prior } from './prior.ts';

/** Options of `ard`. */
export interface ArdOptions {
  /** The least standard deviation of the prior, which keeps that of an irrelevant input above 0; default 0.001. */
  readonly minStd?: number;
}

const optionNames: OptionNames<ArdOptions> = { minStd: true };

/** All axes but the second to last, that of the inputs; all of them for a weight without one. */
const pooledAxes = (rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => rank < 2 || axis !== rank - 2);

/**
 * The prior's standard deviation for each input: the root of the mean second moment of its weights under the posterior,
 * `[1, ..., inputs, 1]`. Constant in the gradient, since the divergence is stationary in it.
 *
 * @example
 * ardStd(0.001)(tf.zeros([3, 2]), tf.ones([3, 2])).print(); // [[1], [1], [1]]
 */
export const ardStd =
  (minStd: number) =>
  (mean: tf.Tensor, variance: tf.Tensor): tf.Tensor =>
    customGrad((mean: tf.Tensor, variance: tf.Tensor) => {
      const moment = tf.mean(tf.add(tf.square(mean), variance), [...pooledAxes(mean.rank)], true);
      return {
        value: tf.sqrt(tf.maximum(moment, minStd ** 2)),
        saved: [mean, variance],
        gradient: (_, [m, v]) => [tf.zerosLike(m), tf.zerosLike(v)],
      };
    })(mean, variance);

const ardPrior = (minStd: number): Prior =>
  prior({
    name: 'ard',
    settings: { minStd },
    logProb: (weight, params) =>
      tf.tidy(() => {
        const { mean, logStd } = (params ?? {}) as { readonly mean?: unknown; readonly logStd?: unknown };
        if (!isTensor(mean) || !isTensor(logStd))
          return invalidArgument(
            'ard: parameters of the posterior',
            'those of normal(); withDivergence takes any posterior that has an entropy',
            params,
          );
        const std = ardStd(minStd)(mean, tf.exp(tf.mul(2, logStd)));
        const quadratic = tf.mul(-0.5, tf.square(tf.div(weight, std)));
        return tf.sub(quadratic, tf.add(tf.log(std), 0.5 * Math.log(2 * Math.PI)));
      }),
    rescale: () => ardPrior(minStd),
  });

/**
 * Automatic relevance determination: a normal prior around 0 with one standard deviation for each input of a layer,
 * learned with the posterior (MacKay 1994; Neal 1996, section 1.2.3; for variational posteriors Wu et al. 2019, section 4).
 * It is the value that maximises the ELBO, the root of the mean of `mean^2 + std^2` over the input's weights. An input or
 * hidden unit that does not help to predict costs nothing under it, so a network with more weights than rows does not
 * drown in its divergence.
 *
 * The inputs of a weight are on its second to last axis, as in `linear`, convolutions and embeddings; a bias has one scale.
 * The scale follows the posterior, so `rescalePrior` changes nothing.
 *
 * @throws Error if `minStd` is not above 0; when used, by `withLogProbs` with parameters other than those of `normal()`
 * @example
 * const net = sequential(linear(10, 50), tf.tanh, linear(50, 1), learnedNoise(1));
 * const model = bayesian({ prior: ard() })(net);
 */
export const ard = (options: ArdOptions = {}): Prior => {
  const { minStd = 0.001 } = knownOptions('ard', options, optionNames);
  return ardPrior(positiveNumber('ard: minStd', minStd));
};
