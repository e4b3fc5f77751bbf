import type { Key } from '../random/index.ts';

/**
 * The length of a training's epochs: from `step` on, when `epoch` epochs were completed, each has `length` steps. It
 * changes with the batch size.
 */
export interface EpochLength {
  readonly step: number;
  readonly epoch: number;
  readonly length: number;
}

/** Everything needed to resume training: a plain value. */
export interface TrainingState<P, S> {
  readonly params: P;
  /** The optimizer's own state, a tree of tensors and numbers. */
  readonly optimizer: S;
  /** The number of updates so far. */
  readonly step: number;
  /** The key that determines each step's noise and each epoch's order. */
  readonly key: Key;
  /** The length of an epoch; recorded by `fit`, so that it can resume with other batches. */
  readonly epochs?: EpochLength;
}
