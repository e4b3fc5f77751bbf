import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../random/index.ts';

/** A function of parameters, a key and inputs: the same key gives the same result. */
export type Stochastic<P, A extends readonly unknown[], Y> = (params: P, key: Key, ...inputs: A) => Y;

/** A stochastic function whose result has a leading sample axis, as `vmapSamples` makes it. */
export interface Sampled<P, A extends readonly unknown[], Y> extends Stochastic<P, A, Y> {
  /** The number of weight samples of each call. */
  readonly samples: number;
}

/** The log probabilities of one sample of all weights, in nats; scalars, or `[samples]` with a sample axis. */
export interface LogProbs {
  readonly prior: Tensor;
  readonly posterior: Tensor;
}

/** A model's output with log probabilities, by `withLogProbs`. */
export interface WithLogProbs<Y> {
  readonly output: Y;
  readonly logProbs: LogProbs;
}

/** A model's output with a divergence, by `withDivergence`. */
export interface WithDivergence<Y> {
  readonly output: Y;
  /** KL(posterior || prior) over all weights, in nats; a scalar, or `[samples]` with a sample axis. */
  readonly divergence: Tensor;
}
