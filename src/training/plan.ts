import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, isCount, type OptionNames, positiveInteger } from '../check/index.ts';
import { type EpochLength, isTrainingState, type TrainingState } from '../optimizers/trainingState.ts';
import { foldIn, type Key, split } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { at, dispose, leaves, map } from '../tree/index.ts';
import { openEpoch, type Source } from './source.ts';
import type { AnyTrainStep } from './trainStep.ts';

/** The argument of a callback. Its tensors live until the callback, or the promise that it returns, is done. */
export interface StepInfo<P, R, S> {
  /** The completed step, from 1. */
  readonly step: number;
  /** The epoch it belongs to, from 1. */
  readonly epoch: number;
  readonly parts: R;
  readonly state: TrainingState<P, S>;
}

/** What training starts from: a new state, or one that the caller keeps. */
export type TrainingStart<P, S> =
  | {
      /** Makes the initial parameters, such as `model.init`. */
      readonly init: (key: Key) => P;
      /** Determines the parameters, each step's noise and each epoch's order. */
      readonly key: Key;
      readonly state?: never;
    }
  | {
      /** The state to resume from, as returned by `fit` or `trainStep`. */
      readonly state: TrainingState<P, S>;
      readonly init?: never;
      readonly key?: never;
    };

/** Options of a loop for new and resumed runs. */
export interface LoopOptions<P, B, R, S> {
  /**
   * The data: what `batches(...)` or `stream(...)` returns, or a custom record with `length` and `epoch`. Each batch is
   * disposed after its step.
   */
  readonly batches: Pick<Source<B>, 'length' | 'epoch'> & { readonly rows?: number };
  /** Passes over the data, counted from the first step of the first run. */
  readonly epochs: number;
  /** Called, and awaited, after each step. */
  readonly onStep?: (info: StepInfo<P, R, S>) => void | Promise<void>;
  /** Stops training after the current step; the state reached is returned. */
  readonly signal?: AbortSignal;
}

/** Options of `epochs`. */
export type EpochsOptions<P, B, R, S> = LoopOptions<P, B, R, S> & TrainingStart<P, S>;

/** The names of `EpochsOptions`. */
export const epochsOptionNames: OptionNames<EpochsOptions<never, never, never, never>> = {
  batches: true,
  epochs: true,
  onStep: true,
  signal: true,
  init: true,
  key: true,
  state: true,
};

/** `T` without inference; TypeScript has `NoInfer` only since 5.4. */
export type Given<T> = [T][T extends unknown ? 0 : never];

/** Folded into the training key for the order of the data; no step reaches this number. */
const ORDER = 0xffffffff;

/** The initial state, always a copy. */
export const firstState = <P, B, R, S>(
  step: AnyTrainStep<P, B, R, S>,
  options: TrainingStart<P, S>,
  epochs?: EpochLength,
): TrainingState<P, S> => {
  const recorded = epochs === undefined ? {} : { epochs };
  if (options.state !== undefined) {
    const { params, optimizer, step: done, key } = options.state;
    const copies = { params: map(tf.clone)(params) as P, optimizer: map(tf.clone)(optimizer) as S };
    return { ...copies, step: done, key, ...recorded };
  }
  const [start, noise] = split(options.key) as readonly [Key, Key];
  const params = options.init(start);
  try {
    return { ...step.init(params, noise), ...recorded };
  } finally {
    dispose(params);
  }
};

/**
 * The number of rows of a batch: of its targets, or of its first tensor; 1 without tensors. Those of a batch for each
 * member of an ensemble count once.
 *
 * @example
 * batchRows({ inputs: tf.ones([4, 2]), targets: tf.ones([4, 1]) }); // 4
 */
export const batchRows = (batch: unknown): number => {
  const [first] = [...leaves(at(['targets'])(batch)), ...leaves(batch)];
  const axis = at(['memberAxis'])(batch) === true ? 1 : 0;
  return Math.max(first?.shape[axis] ?? 1, 1);
};

/** The key of the order of the data. */
export const orderKey = (key: Key): Key => foldIn(key, ORDER);

/** The key of the noise of a run's steps, which its state keeps. */
const noiseKey = <P, S>(start: TrainingStart<P, S>): Key =>
  start.state === undefined ? (split(start.key)[1] as Key) : start.state.key;

/** The batches in an epoch, for a stream of batches from the rows of the first. */
const epochLength = async <B>(
  batches: LoopOptions<never, B, never, never>['batches'],
  key: Key,
): Promise<number> => {
  const reading = openEpoch(batches, orderKey(key), 0, 0);
  try {
    const { value } = await reading.next();
    const length = Math.ceil(positiveInteger('fit: batches.rows', batches.rows) / batchRows(value));
    dispose(value);
    return length;
  } finally {
    await reading.close();
  }
};

/**
 * The epochs of a state, for epochs of `length` batches.
 *
 * @throws Error for a state in the middle of an epoch of another length, or one that does not record its epochs and has
 * more steps than the run
 */
const epochsFrom = (
  state: TrainingState<unknown, unknown> | undefined,
  length: number,
  epochs: number,
): EpochLength => {
  const { step, epochs: recorded } = state ?? { step: 0 };
  if (recorded === undefined) {
    if (step > epochs * length) {
      throw new Error(
        `fit: state has made ${step} steps, more than the ${epochs * length} of ${epochs} epochs of ${length} batches, and ` +
          'does not record the length of an epoch: add epochs: { step, epoch, length } to it, with the completed epochs ' +
          'and the batches of one',
      );
    }
    return { step: 0, epoch: 0, length };
  }
  if (recorded.length === length) return recorded;
  const since = step - recorded.step;
  if (since % recorded.length !== 0) {
    throw new Error(
      `fit: batches must have ${recorded.length} in an epoch, as before, since state is in the middle of one ` +
        `(${since % recorded.length} of ${recorded.length} done), got ${length}`,
    );
  }
  return { step, epoch: recorded.epoch + since / recorded.length, length };
};

const assertState = (state: unknown): void => {
  const {
    key,
    step: done,
    epochs,
  } = isTrainingState(state)
    ? state
    : invalidArgument('fit: state', 'a training state, as fit and trainStep return', state);
  checkKey('fit: state.key', key);
  if (epochs === undefined) return;
  const { step, epoch, length }: Partial<EpochLength> = epochs ?? {};
  const isValid = isCount(step) && isCount(epoch) && isCount(length) && length > 0 && step <= done;
  if (!isValid)
    invalidArgument(
      'fit: state.epochs',
      'counts { step, epoch, length }, with a step that has been made',
      epochs,
    );
};

/**
 * Checks the options of a loop.
 *
 * @throws Error naming the first option that is not valid
 */
export const assertLoop = <P, B, R, S>(
  step: AnyTrainStep<P, B, R, S>,
  options: EpochsOptions<P, B, R, S>,
): void => {
  if (typeof step?.update !== 'function') invalidArgument('fit: step', 'what trainStep() returns', step);
  positiveInteger('fit: epochs', options.epochs);
  const { batches }: { readonly batches?: Partial<Source<B>> } = options;
  if (typeof batches?.epoch !== 'function') {
    invalidArgument(
      'fit: batches',
      'what batches() or stream() returns, or a record with a length and epoch(key, epoch)',
      batches,
    );
  }
  if (batches.length !== undefined || batches.rows === undefined)
    positiveInteger('fit: batches.length', batches.length);
  const { onStep, signal, init, key, state }: { readonly [name: string]: unknown } = { ...options };
  if (onStep !== undefined && typeof onStep !== 'function')
    invalidArgument('fit: onStep', 'a function', onStep);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    invalidArgument('fit: signal', 'an AbortSignal', signal);
  if (state !== undefined) {
    assertState(state);
    return;
  }
  if (typeof init !== 'function') {
    invalidArgument('fit: init', 'a function from a key to parameters, such as model.init', init);
  }
  checkKey('fit: key', key);
};

/** The steps and epochs of a run. */
export interface Plan extends EpochLength {
  /** The steps of the first state. */
  readonly first: number;
  /** The step after which the run is done. */
  readonly last: number;
}

/**
 * The steps that a run will make.
 *
 * @throws Error like `fit` for a state that does not fit the batches
 * @example
 * const { first, last } = await plan({ batches, epochs: 2, init: model.init, key: random.key(0) });
 */
export const plan = async <P, B, R, S>(options: EpochsOptions<P, B, R, S>): Promise<Plan> => {
  const length = options.batches.length ?? (await epochLength<B>(options.batches, noiseKey(options)));
  const since = epochsFrom(options.state, length, options.epochs);
  const last = since.step + Math.max(0, options.epochs - since.epoch) * length;
  return { ...since, first: options.state?.step ?? 0, last };
};
