import type { Key } from '../random/index.ts';

/** Everything that training needs to go on: a pure value, kept and resumed as it is. */
export interface TrainingState<P, S> {
  readonly params: P;
  /** The optimizer's own state, a tree of tensors and numbers. */
  readonly optimizer: S;
  /** How many updates have been made. */
  readonly step: number;
  /** The key from which each step's noise and each epoch's order follow. */
  readonly key: Key;
}
