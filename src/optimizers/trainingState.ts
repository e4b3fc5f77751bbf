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

const parts: readonly (keyof TrainingState<unknown, unknown>)[] = ['params', 'optimizer', 'step', 'key'];

/**
 * Whether a value has the parts of a training state. What they are is not checked: a key that was sent through JSON is
 * better refused by name.
 *
 * @example
 * isTrainingState(trainStep(loss, adam({ learningRate: 1e-3 })).init(params, random.key(0))); // true
 */
export const isTrainingState = (value: unknown): value is TrainingState<unknown, unknown> =>
  typeof value === 'object' && value !== null && parts.every((part) => part in value);
