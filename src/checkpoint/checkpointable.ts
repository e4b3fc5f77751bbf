import { misuse, tag } from '../check/index.ts';
import type { Network } from '../layers/index.ts';
import type { Key } from '../random/index.ts';

/** What a checkpoint has to know of a model: what `bayesian()` returns has it all. */
export interface Checkpointable<P> {
  readonly _tag: 'Model';
  readonly network: Network;
  readonly init: (key: Key) => P;
}

/** What a checkpoint has to know of an optimizer, such as `adam(...)` returns. */
export interface CheckpointableOptimizer<S> {
  readonly init: (params: unknown) => S;
}

/** A whole state of training, as `fit` and `trainStep` make it. */
export interface CheckpointState<P, S> {
  readonly params: P;
  readonly optimizer: S;
  readonly step: number;
  readonly key: Key;
  /** Which steps make an epoch, where `fit` has noted it. */
  readonly epochs?: { readonly step: number; readonly epoch: number; readonly length: number };
}

/**
 * Refuses what is not a model, a layer for instance.
 *
 * @throws Error naming the argument
 */
export const assertCheckpointable = (argument: string, value: unknown): void => {
  if (tag(value) !== 'Model') misuse(argument, 'what bayesian() returns', value);
};
