import type { Key } from '../random/index.ts';
import type { Posterior, Scored } from './posterior.ts';
import type { Prior } from './prior.ts';

/**
 * A draw with the sums of its log densities under both distributions, where the posterior has a quicker way to them than
 * one after the other; else `undefined`. A record made of another with a function exchanged is taken at its word: the
 * quicker way stands for the functions that it came with.
 *
 * @example
 * scoredDraw(normal().posterior, normal().prior)(params, random.key(0))?.weight;
 */
export const scoredDraw =
  <P>({ together, sample, logProb }: Posterior<P>, prior: Prior<P>) =>
  (params: P, key: Key): Scored | undefined =>
    together?.of.sample === sample && together.of.logProb === logProb && prior.quadratic?.of === prior.logProb
      ? together.scored(params, key, prior.quadratic)
      : undefined;
