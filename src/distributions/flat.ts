import { type Prior, prior } from './prior.ts';
import { zeroOfPrior } from './zeroLogProb.ts';

/**
 * The flat, improper prior: every weight is as likely as any other, log density 0.
 *
 * @example
 * const maximumLikelihood = bayesian({ posterior: pointMass(), prior: flat() })(linear(2, 1));
 */
export const flat = (): Prior => flatPrior;

const flatPrior: Prior = prior({
  name: 'flat',
  logProb: zeroOfPrior,
  rescale: flat,
  quadratic: { of: zeroOfPrior, centre: 0, precision: 0, constant: 0 },
});
