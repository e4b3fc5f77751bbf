import type { Key } from '../random/index.ts';

/**
 * How many steps the epochs of a training have: from `step` on, when `epoch` epochs were done, `length` of them each. Another
 * batch size has other epochs.
 */
export interface EpochLength {
  readonly step: number;
  readonly epoch: number;
  readonly length: number;
}

/** Everything that training needs to go on: a pure value, kept and resumed as it is. */
export interface TrainingState<P, S> {
  readonly params: P;
  /** The optimizer's own state, a tree of tensors and numbers. */
  readonly optimizer: S;
  /** How many updates have been made. */
  readonly step: number;
  /** The key from which each step's noise and each epoch's order follow. */
  readonly key: Key;
  /** Which steps make an epoch: `fit` notes it, so that it can go on with other batches. */
  readonly epochs?: EpochLength;
}
