import type { Key } from '../random/index.ts';
import type { Posterior, SampleWithLogProb } from './posterior.ts';
import type { Prior } from './prior.ts';

/** Draws a weight with its log densities; `undefined` where plain operations have to. */
export type SamplerWithLogProb = (params: unknown, key: Key) => SampleWithLogProb | undefined;

/**
 * A draw with the sums of its log densities under both distributions, where the posterior has a quicker way to them than
 * one after the other; else `undefined`. A record copied from another with a function exchanged has none: the quicker way
 * stands for the functions that it came with.
 *
 * @example
 * samplerWithLogProb(normal().posterior, normal().prior)?.(params, random.key(0))?.weight;
 */
export const samplerWithLogProb = (
  { fused, sample, logProb }: Posterior,
  { quadratic, logProb: ofPrior }: Prior,
): SamplerWithLogProb | undefined =>
  fused?.of.sample === sample && fused.of.logProb === logProb && quadratic?.of === ofPrior
    ? (params, key) => fused.draw(params, key, quadratic)
    : undefined;
