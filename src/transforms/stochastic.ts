import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../random/index.ts';

/** A function of parameters, a key and inputs: the same key gives the same result. */
export type Stochastic<P, A extends readonly unknown[], Y> = (params: P, key: Key, ...inputs: A) => Y;

/** A stochastic function whose result has a leading sample axis, as `vmapSamples` makes it. */
export interface Sampled<P, A extends readonly unknown[], Y> extends Stochastic<P, A, Y> {
  /** How many weight samples each call draws. */
  readonly samples: number;
}

/** The log probabilities of one draw of all weights, in nats; scalars, or `[samples]` with a sample axis. */
export interface LogProbs {
  readonly prior: Tensor;
  readonly posterior: Tensor;
}

/** What `withLogProbs` puts beside a model's output. */
export interface WithLogProbs<Y> {
  readonly output: Y;
  readonly logProbs: LogProbs;
}

/** What `withDivergence` puts beside a model's output. */
export interface WithDivergence<Y> {
  readonly output: Y;
  /** KL(posterior || prior) over all weights, in nats; a scalar, or `[samples]` with a sample axis. */
  readonly divergence: Tensor;
}
