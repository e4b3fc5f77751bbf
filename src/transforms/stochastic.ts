import type { Tensor } from '@tensorflow/tfjs-core';
import type { Key } from '../random/index.ts';

/** A function of parameters, a key and inputs: the same key gives the same result. */
export type Stochastic<P, A extends readonly unknown[], Y> = (params: P, key: Key, ...inputs: A) => Y;

/** A stochastic function whose result has a leading sample axis, as `vmapSamples` makes it. */
export interface Sampled<P, A extends readonly unknown[], Y> extends Stochastic<P, A, Y> {
  /** The number of weight samples of each call. */
  readonly samples: number;
  /** The same function of the samples from `start` up to `end` alone, each with the key that it has among all. */
  readonly sliceSamples?: (start: number, end: number) => Sampled<P, A, Y>;
}

/** A function of one member of an ensemble. */
export interface MemberFunction<P, A extends readonly unknown[], Y> {
  readonly members: number;
  readonly member: Stochastic<P, A, Y>;
}

/** A stochastic function of all members of an ensemble, whose result has a leading axis of members. */
export interface Ensembled<P, A extends readonly unknown[], Y> extends Stochastic<P, A, Y> {
  /** What it maps over the members. */
  readonly ensemble: MemberFunction<P, A, Y>;
}

/** The log probabilities of one sample of all weights, in nats; scalars, or `[samples]` with a sample axis. */
export interface LogProbs {
  readonly prior: Tensor;
  readonly posterior: Tensor;
}

/** What the statistics of a network, such as the running moments of `batchNorm`, recorded in a run of training. */
export interface WithStatistics {
  /** Their next values at their paths in the parameter tree; absent if the network has none. */
  readonly statistics?: Readonly<Record<string, unknown>>;
}

/** A model's output with log probabilities, by `withLogProbs`. */
export interface WithLogProbs<Y> extends WithStatistics {
  readonly output: Y;
  readonly logProbs: LogProbs;
}

/** A model's output with a divergence, by `withDivergence`. */
export interface WithDivergence<Y> extends WithStatistics {
  readonly output: Y;
  /** KL(posterior || prior) over all weights, in nats; a scalar, or `[samples]` with a sample axis. */
  readonly divergence: Tensor;
  /** That of each variable by its name, such as `0.weight`, of the same shape; with `perVariable`. */
  readonly divergences?: Readonly<Record<string, Tensor>>;
}
