import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames } from '../check/index.ts';
import * as random from '../random/index.ts';
import { type LocationScale, locationScale, rescaled } from './locationScale.ts';
import { type Prior, prior } from './prior.ts';

/** Options of `laplace`. */
export interface LaplaceOptions {
  /** The mean; default 0. */
  readonly mean?: number;
  /** The mean absolute deviation; the standard deviation is sqrt(2) times as large. Default 1. */
  readonly scale?: number;
  /** Whether log densities include the constant -log 2; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<LaplaceOptions> = { mean: true, scale: true, normalized: true };

const laplacePrior = (place: LocationScale, normalized: boolean): Prior => {
  const { mean, scale } = place;
  const constant = Math.log(scale) + (normalized ? Math.LN2 : 0);
  return prior({
    name: 'laplace',
    logProb: (weight) => tf.tidy(() => tf.sub(tf.div(tf.abs(tf.sub(weight, mean)), -scale), constant)),
    rescale: (factor) => laplacePrior(rescaled(place, factor), normalized),
    moments: { mean, std: Math.SQRT2 * scale },
    settings: { mean, scale, normalized },
    sample: (shape, key) =>
      tf.tidy(() => {
        const [sizeKey, signKey] = random.split(key) as [random.Key, random.Key];
        // An exponential distance to either side. `1 - u` is never 0, and exact in float32.
        const distance = tf.neg(tf.log(tf.sub(1, random.uniform(sizeKey, shape))));
        const side = tf.sub(tf.mul(2, random.bernoulli(signKey, shape, { p: 0.5 })), 1);
        return tf.add(mean, tf.mul(scale, tf.mul(side, distance)));
      }),
  });
};

/**
 * The Laplace prior, under which the most probable weights are sparse: log density
 * `-|x - mean| / scale - log scale - log 2`. Rescaling multiplies the mean by the factor and the scale by the
 * factor + 1e-5.
 *
 * @throws Error if `scale` is not above 0 or `mean` not finite
 * @example
 * const model = bayesian({ prior: laplace({ scale: 0.1 }) })(linear(784, 10));
 */
export const laplace = (options: LaplaceOptions = {}): Prior => {
  const { mean = 0, scale = 1, normalized = true } = knownOptions('laplace', options, optionNames);
  return laplacePrior(locationScale('laplace', mean, scale), normalized);
};
