import { type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Prior, prior } from './prior.ts';

/**
 * The flat, improper prior: every weight is as likely as any other, log density 0.
 *
 * @example
 * const maximumLikelihood = bayesian({ posterior: pointMass(), prior: flat() });
 * const model = maximumLikelihood(linear(2, 1));
 */
export const flat = (): Prior => flatPrior;

const logProb = (weight: Tensor): Tensor => zerosLike(weight);

const flatPrior: Prior = prior({
  name: 'flat',
  logProb,
  rescale: flat,
  quadratic: { of: logProb, centre: 0, precision: 0, constant: 0 },
});
