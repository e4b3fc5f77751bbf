import type { Tensor } from '@tensorflow/tfjs-core';
import type { FieldKinds } from '../check/index.ts';
import type { Product } from '../distributions/posterior.ts';
import type { Handler, Site } from '../layers/index.ts';
import type { Key } from '../random/index.ts';
import type { Path } from '../tree/index.ts';

/** A variable's posterior mean and variance, element by element. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Samples a weight from its posterior's parameters. */
export type Sample = (params: unknown, key: Key) => Tensor;

/** One forward pass: the functions with which an estimator fills in a network's weights. */
export interface Pass {
  /** The key at a path in the network. */
  readonly key: (path: Path) => Key;
  /** A sample of a weight, whose log probability then counts: by its posterior's `sample`, or by the given function. */
  readonly draw: (site: Site, sample?: Sample) => Tensor;
  /**
   * The product of rows and the sample of a weight, where the sample need not be stored, as its log probability does not count
   * and nothing is differentiated; otherwise absent or `undefined`.
   */
  readonly product?: (site: Site) => Product | undefined;
  /** The mean and variance of a weight's posterior; throws if it has none. */
  readonly moments: (site: Site) => Moments;
}

/** How a network runs: which tensors stand for its weights, and what an affine layer does instead of using weights. */
export interface Estimator {
  readonly name: string;
  /** How one forward pass fills in the parts of the network. */
  readonly handler: (pass: Pass) => Handler;
  /** Whether it samples every weight, as log probabilities need; default true. */
  readonly samplesWeights?: boolean;
  /**
   * Whether the posterior's log density has no gradient in the parameters at a fixed weight, the score; default false.
   * `stickTheLanding` sets it, and other estimators of the same model keep it.
   */
  readonly stopsScore?: boolean;
}

/** The kinds of an estimator's fields. */
export const estimatorKinds: FieldKinds<Estimator> = {
  name: 'string',
  handler: 'function',
  samplesWeights: 'boolean?',
  stopsScore: 'boolean?',
};

/**
 * The default estimator: one sample of every weight from its posterior.
 *
 * @example
 * bayesian()(net).estimator === weightSampling; // true
 */
export const weightSampling: Estimator = {
  name: 'weightSampling',
  handler: ({ draw, key, product }) => ({ weight: draw, key, ...(product && { product }) }),
};
