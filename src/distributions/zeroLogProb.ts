import * as tf from '@tensorflow/tfjs-core';
import type { Posterior } from './posterior.ts';
import type { Prior } from './prior.ts';

/** The log density of a prior that prefers no weight: 0 at each of its numbers. */
export const zeroOfPrior = (weight: tf.Tensor): tf.Tensor => tf.zerosLike(weight);

/** The log density of a posterior that counts as 0 at each of its numbers. */
export const zeroOfPosterior = (_: unknown, weight: tf.Tensor): tf.Tensor => tf.zerosLike(weight);

/**
 * Whether a log density is one of these two, which a sum may leave out.
 *
 * @example
 * isZero(flat().logProb); // true
 */
export const isZero = (logProb: Prior['logProb'] | Posterior['logProb']): boolean =>
  logProb === zeroOfPrior || logProb === zeroOfPosterior;
