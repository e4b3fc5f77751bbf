import type { Tensor } from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields, type Refused, tag } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import type { Prior, Quadratic, Settings } from './prior.ts';

/** A draw and its log densities, each summed over its elements, in nats. */
export interface SampleWithLogProb {
  readonly weight: Tensor;
  readonly posterior: Tensor;
  readonly prior: Tensor;
}

/** What `sample` and `logProb` give one after the other, in one go. */
export interface FusedSampler<P> {
  /** The functions for which this stands; a posterior with others cannot use it. */
  readonly of: Pick<Posterior<P>, 'sample' | 'logProb'>;
  /** `undefined` where plain operations have to do it. */
  draw(params: P, key: Key, prior: Omit<Quadratic, 'of'>): SampleWithLogProb | undefined;
}

/**
 * The variational distribution of a weight: how its parameters start, a draw that is differentiable in
 * them, and a log density.
 *
 * `P` is the record of its parameter tensors, one entry of the model's parameter tree. (The functions are
 * declared as methods so that a `Posterior<NormalParams>` is a `Posterior`.)
 */
export interface Posterior<P = unknown> {
  readonly _tag: 'Posterior';
  /** The family, by which a closed-form divergence is found. */
  readonly name: string;
  /**
   * The parameters at the start: `mean` was drawn for the weight, `fanIn` is that of its layer and scales
   * the initial spread, or `null` where it should not.
   */
  init(mean: Tensor, fanIn: number | null): P;
  /** One weight, of the shape of the mean, differentiable in `params`. */
  sample(params: P, key: Key): Tensor;
  /** The log density of `weight`, element by element or summed; in nats. */
  logProb(params: P, weight: Tensor): Tensor;
  /** A quicker way to a draw with its log densities. */
  readonly fused?: FusedSampler<P>;
  /** Whether every draw is the mean, as that of a point mass: estimators have no noise to treat then. */
  readonly deterministic?: boolean;
  /** The `logProb` that is 0 for every weight; sums leave it out. A posterior with another one is summed. */
  readonly zero?: { readonly of: Posterior<P>['logProb'] };
  /** Mean and variance of every element, where they are known: what `posteriorMean` and `localReparametrization` need. */
  moments?(params: P): { readonly mean: Tensor; readonly variance: Tensor };
  /**
   * The differential entropy of the whole weight, a scalar in nats, where it is known: for closed-form
   * divergences.
   */
  entropy?(params: P): Tensor;
  /**
   * Whether any elements of a draw may change sides about the mean without the draw becoming less or more
   * likely, as where they are independent and each is symmetric: what `flipout` needs. It needs `moments` too.
   */
  readonly symmetric?: boolean;
  /** The parameters with a given mean and standard deviation: what `priorInitialization` needs. */
  fromMoments?(mean: Tensor, std: Tensor): P;
  /** What its draws depend on beside its parameters, for checkpoints: under others the parameters mean nothing. */
  readonly settings?: Settings;
  /** What its start depends on beside the mean and the fan-in. */
  readonly initialSettings?: Settings;
}

/** A posterior, or a distribution that can play one, such as `normal()`. Another role is a compile error that says so. */
export type PosteriorLike<P = unknown> =
  | Posterior<P>
  | { readonly posterior: Posterior<P> }
  | Refused<'Likelihood' | 'Prior', 'pass a posterior, such as normal() or pointMass()'>;

const kinds: FieldKinds<Omit<Posterior, '_tag'>> = {
  name: 'string',
  init: 'function',
  sample: 'function',
  logProb: 'function',
  fused: 'object?',
  deterministic: 'boolean?',
  zero: 'object?',
  moments: 'function?',
  entropy: 'function?',
  symmetric: 'boolean?',
  fromMoments: 'function?',
  settings: 'object?',
  initialSettings: 'object?',
};

/**
 * Makes a posterior of a start, a sampler and a log density. Fields of your own beside these stay as they are.
 *
 * @throws Error for a field that is missing, of the wrong kind or misspelt
 * @example
 * const uniformBall = posterior({
 *   name: 'uniformBall',
 *   init: (mean: tf.Tensor) => ({ mean, logRadius: tf.fill(mean.shape, -3) }),
 *   sample: ({ mean, logRadius }, key) =>
 *     tf.add(mean, tf.mul(tf.exp(logRadius), random.uniform(key, mean.shape, { min: -1, max: 1 }))),
 *   logProb: ({ logRadius }) => tf.neg(tf.add(logRadius, Math.LN2)),
 * });
 */
export const posterior = <P>(functions: Omit<Posterior<P>, '_tag'>): Posterior<P> => ({
  _tag: 'Posterior',
  ...knownFields('posterior', { ...functions }, kinds),
});

const isPosterior = (value: unknown): value is Posterior => tag(value) === 'Posterior';

/**
 * The posterior that a value is or can play.
 *
 * @throws Error naming the argument for anything else, a prior or a likelihood for instance
 * @example
 * asPosterior('bayesian: posterior', normal()); // the posterior of normal()
 */
export const asPosterior = (argument: string, value: unknown): Posterior => {
  if (isPosterior(value)) return value;
  if (typeof value === 'object' && value !== null && 'posterior' in value && isPosterior(value.posterior)) {
    return value.posterior;
  }
  return invalidArgument(argument, 'a posterior, such as normal() or pointMass()', value);
};

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
