import type { Tensor } from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields, type Refused, tag } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import type { Prior, Quadratic, Settings } from './prior.ts';

/** A sample and its log densities, each summed over its elements, in nats. */
export interface SampleWithLogProb {
  readonly weight: Tensor;
  readonly posterior: Tensor;
  readonly prior: Tensor;
}

/** Computes `sample` and `logProb` together. */
export interface FusedSampler<P> {
  /** The functions that this replaces; ignored for a posterior with others. */
  readonly of: Pick<Posterior<P>, 'sample' | 'logProb'>;
  /** `undefined` where plain operations have to run. */
  draw(params: P, key: Key, prior: Omit<Quadratic, 'of'>): SampleWithLogProb | undefined;
  /** Multiplies rows by a sample of a shape, which is not stored; `undefined` where it has to be sampled first. */
  product?(params: P, key: Key, shape: readonly number[]): Product | undefined;
}

/** The product of rows `[rows, depth]` and a weight `[depth, columns]`. */
export type Product = (rows: Tensor) => Tensor;

/** How a posterior treats pruned elements, which are known by their parameters. */
export interface Pruning<P> {
  /** Which elements are kept: a boolean tensor of the weight's shape. */
  kept(params: P): Tensor;
  /** The parameters, whose pruned elements have no gradient. */
  frozen(params: P): P;
}

/**
 * The variational distribution of a weight: its initial parameters, a sample that is differentiable in them, and a
 * log density.
 *
 * `P` is the record of its parameter tensors, one entry of the model's parameter tree. (The functions are
 * declared as methods so that a `Posterior<NormalParams>` is a `Posterior`.)
 */
export interface Posterior<P = unknown> {
  readonly _tag: 'Posterior';
  /** The family, by which a closed-form divergence is found. */
  readonly name: string;
  /**
   * The initial parameters: `mean` is a random initial weight; `fanIn` is the layer's and scales the initial spread, or
   * `null` for no scaling; `key` is the variable's own, for other parameters that start at random.
   */
  init(mean: Tensor, fanIn: number | null, key: Key): P;
  /** One weight, of the shape of the mean, differentiable in `params`. */
  sample(params: P, key: Key): Tensor;
  /** The log density of `weight`, element by element or summed; in nats. */
  logProb(params: P, weight: Tensor): Tensor;
  /** A faster way to a sample with its log densities. */
  readonly fused?: FusedSampler<P>;
  /** Whether every sample equals the mean, as for a point mass: estimators then have no noise to handle. */
  readonly deterministic?: boolean;
  /** The `logProb` that is 0 for every weight, which sums skip. Ignored for a posterior with another one. */
  readonly zero?: { readonly of: Posterior<P>['logProb'] };
  /** Mean and variance of every element, if known; needed by `posteriorMean` and `localReparametrization`. */
  moments?(params: P): { readonly mean: Tensor; readonly variance: Tensor };
  /**
   * The differential entropy of the whole weight, a scalar in nats, if known; for closed-form divergences.
   */
  entropy?(params: P): Tensor;
  /**
   * Whether the elements of a weight are independent of each other. Needed by `localReparametrization`, together with
   * `moments`: it adds up the variances of an output's weights, which is wrong for correlated ones. A posterior that does
   * not say so is taken for correlated.
   */
  readonly independent?: boolean;
  /**
   * Whether the density is invariant to flipping any deviation's sign, as for independent, symmetric elements. Needed by
   * `flipout`, together with `moments`.
   */
  readonly symmetric?: boolean;
  /** The parameters with a given mean and standard deviation; needed by `fromWeights` and `priorInitialization`. */
  fromMoments?(mean: Tensor, std: Tensor): P;
  /**
   * The name of the parameter that holds the logarithm of the scale, if a sample is `mean + exp(log scale) * noise` element
   * by element, and its density follows from that. Needed by `prune`, together with `moments` and `independent`.
   */
  readonly logScale?: string;
  /** Set by `prune`: which elements are pruned. */
  readonly pruning?: Pruning<P>;
  /** Throws for a weight's shape that the family does not support; the message begins with `argument`. */
  checkShape?(argument: string, shape: readonly number[]): void;
  /** What its samples depend on besides its parameters, for checkpoints: parameters mean nothing under other settings. */
  readonly settings?: Settings;
  /** What its initial parameters depend on besides the mean and the fan-in. */
  readonly initialSettings?: Settings;
}

/** A posterior, or a distribution that provides one, such as `normal()`. Other roles give a compile error with a hint. */
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
  independent: 'boolean?',
  symmetric: 'boolean?',
  fromMoments: 'function?',
  logScale: 'string?',
  pruning: 'object?',
  checkShape: 'function?',
  settings: 'object?',
  initialSettings: 'object?',
};

/**
 * Makes a posterior from initial parameters, a sampler and a log density. Extra fields are kept.
 *
 * @throws Error for a field that is missing, of the wrong kind or misspelt
 * @example
 * const uniformBall = posterior({
 *   name: 'uniformBall',
 *   init: (mean: tf.Tensor) => ({ mean, logRadius: tf.fill(mean.shape, -3) }),
 *   sample: ({ mean, logRadius }, key) => {
 *     const point = random.uniform(key, mean.shape, { min: -1, max: 1 });
 *     return tf.add(mean, tf.mul(tf.exp(logRadius), point));
 *   },
 *   logProb: ({ logRadius }) => tf.neg(tf.add(logRadius, Math.LN2)),
 * });
 */
export const posterior = <P>(functions: Omit<Posterior<P>, '_tag'>): Posterior<P> => ({
  _tag: 'Posterior',
  ...knownFields('posterior', { ...functions }, kinds),
});

const isPosterior = (value: unknown): value is Posterior => tag(value) === 'Posterior';

/**
 * The posterior that a value is or provides.
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

/** Samples a weight with its log densities; `undefined` where plain operations have to run. */
export type SamplerWithLogProb = (params: unknown, key: Key) => SampleWithLogProb | undefined;

/**
 * A fused sampler of a weight with the sums of its log densities under both distributions, or `undefined` if the posterior
 * has none. A copied record with a function replaced has none, since the fused sampler is tied to its original functions.
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

/**
 * What multiplies rows by a sample of a posterior that is not stored, or `undefined` if the weight has to be sampled first.
 *
 * @example
 * const y = productWithSample(normal().posterior, params, random.key(0), [40, 32])?.(x);
 */
export const productWithSample = (
  { fused, sample }: Posterior,
  params: unknown,
  key: Key,
  shape: readonly number[],
): Product | undefined => (fused?.of.sample === sample ? fused.product?.(params, key, shape) : undefined);
