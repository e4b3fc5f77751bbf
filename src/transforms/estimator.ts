import type { Tensor } from '@tensorflow/tfjs-core';
import type { FieldKinds } from '../check/index.ts';
import type { Scored } from '../distributions/index.ts';
import { scoredDraw } from '../distributions/scoredDraw.ts';
import type { Site } from '../layers/index.ts';
import type { Key } from '../random/index.ts';

/** A variable's posterior mean and variance, element by element. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** An affine layer as an estimator sees it. */
export interface AffineSite {
  /** The layer's place, for messages. */
  readonly name: string;
  readonly featureRank: number;
  /** The layer's body, once on the means of its variables and once on their variances. */
  readonly mean: (x: Tensor) => Tensor;
  readonly variance: (x: Tensor) => Tensor;
  /** A key of the layer's own. */
  readonly key: Key;
}

/** An affine layer as an estimator sees it that draws its weights. */
export interface PerturbedSite {
  /** The layer's place, for messages. */
  readonly name: string;
  readonly featureRank: number;
  /**
   * The layer's body, once on the means of its variables and once on how far one draw of them is from the
   * means.
   */
  readonly mean: (x: Tensor) => Tensor;
  readonly deviation: (x: Tensor) => Tensor;
  /** A key of the layer's own. */
  readonly key: Key;
}

/** How a network is run: what stands for a weight, and what an affine layer does instead of using weights. */
export interface Estimator {
  readonly name: string;
  /** Whether `variable` is a draw from the posterior, so that the weight has a log probability. */
  readonly draws: boolean;
  /** Whether `randomKey` parts are given keys; if not, they are `null`. */
  readonly noisy: boolean;
  /** What stands for a weight; with `scoring` perhaps beside its log densities, which will be asked for. */
  readonly variable: (site: Site, params: unknown, key: Key, scoring: boolean) => Tensor | Scored;
  /** For affine layers, whose posteriors must all have moments; without it they are like any other layer. */
  readonly affine?: (site: AffineSite) => (x: Tensor) => Tensor;
  /**
   * For affine layers too, with a draw of their weights by `variable`, whose posteriors must all be
   * `symmetric`.
   */
  readonly perturbed?: (site: PerturbedSite) => (x: Tensor) => Tensor;
}

/** What the fields of an estimator are. */
export const estimatorKinds: FieldKinds<Estimator> = {
  name: 'string',
  draws: 'boolean',
  noisy: 'boolean',
  variable: 'function',
  affine: 'function?',
  perturbed: 'function?',
};

/**
 * The default estimator: one draw of every weight from its posterior.
 *
 * @example
 * bayesian()(net).estimator === drawing; // true
 */
export const drawing: Estimator = {
  name: 'drawing',
  draws: true,
  noisy: true,
  variable: ({ posterior, prior }, params, key, scoring) =>
    (scoring ? scoredDraw(posterior, prior)(params, key) : undefined) ?? posterior.sample(params, key),
};
