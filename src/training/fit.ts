import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { foldIn, type Key, split } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { LossParts } from '../transforms/index.ts';
import { at, dispose, leaves, map } from '../tree/index.ts';
import { assertFiniteLoss, assertFiniteVariables } from './assertFinite.ts';
import type { Batches } from './batches.ts';
import { type LossReader, lossReader, type Reading } from './lossReader.ts';
import { defaultProgress, type Progress, silent, type Values } from './progress.ts';
import type { EpochLength, TrainingState } from './state.ts';
import type { TrainStep } from './trainStep.ts';

/** The argument of a callback. Its tensors live until the callback, or the promise that it returns, is done. */
export interface StepInfo<P, R, S> {
  /** The completed step, from 1. */
  readonly step: number;
  /** The epoch it belongs to, from 1. */
  readonly epoch: number;
  readonly parts: R;
  readonly state: TrainingState<P, S>;
}

/** Options for new and resumed runs. */
export interface CommonFitOptions<P, B, R, S> {
  /** The data, as made by `batches(...)`, or a custom record with `length` and `epoch`; `fit` disposes each batch. */
  readonly batches: Pick<Batches<B>, 'length' | 'epoch'>;
  /** Passes over the data, counted from the first step of the first run. */
  readonly epochs: number;
  /** Called, and awaited, after each step. */
  readonly onStep?: (info: StepInfo<P, R, S>) => void | Promise<void>;
  /** Called, and awaited, after each epoch. */
  readonly onEpoch?: (info: StepInfo<P, R, S>) => void | Promise<void>;
  /** Stops training after the current step; the state reached is returned. */
  readonly signal?: AbortSignal;
  /** Whether to show a bar on a terminal, or one line per epoch elsewhere; default true. */
  readonly progress?: boolean;
}

/** Options to train from the start, or to resume from a state, which the caller keeps. */
export type FitOptions<P, B, R, S> = CommonFitOptions<P, B, R, S> &
  (
    | {
        /** Makes the initial parameters, such as `model.init`. */
        readonly init: (key: Key) => P;
        /** Determines the parameters, each step's noise and each epoch's order. */
        readonly key: Key;
        readonly state?: never;
      }
    | {
        /** The state to resume from, such as one returned by `fit`. */
        readonly state: TrainingState<P, S>;
        readonly init?: never;
        readonly key?: never;
      }
  );

const optionNames: OptionNames<FitOptions<never, never, never, never>> = {
  batches: true,
  epochs: true,
  onStep: true,
  onEpoch: true,
  signal: true,
  progress: true,
  init: true,
  key: true,
  state: true,
};

/** `T` without inference; TypeScript has `NoInfer` only since 5.4. */
type Given<T> = [T][T extends unknown ? 0 : never];

/** The final state of training, which the caller owns, and its history. */
export interface Fitted<P, S> extends TrainingState<P, S> {
  /** The mean of each part of the loss over the rows of each completed epoch, as plain numbers. */
  readonly history: readonly Values[];
  /** Whether an AbortSignal ended training early. */
  readonly aborted: boolean;
}

/** Folded into the training key for the order of the data; no step reaches this number. */
const ORDER = 0xffffffff;

/** The initial state, always a copy. */
const firstState = <P, B, R, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
  epochs: EpochLength,
): TrainingState<P, S> => {
  if (options.state !== undefined) {
    const { params, optimizer, step: done, key } = options.state;
    const copies = { params: map(tf.clone)(params) as P, optimizer: map(tf.clone)(optimizer) as S };
    return { ...copies, step: done, key, epochs };
  }
  const [start, noise] = split(options.key) as readonly [Key, Key];
  const params = options.init(start);
  try {
    return { ...step.init(params, noise), epochs };
  } finally {
    dispose(params);
  }
};

/** Values of some steps, and their weights. */
interface Weighted {
  readonly sum: Values;
  readonly weight: number;
}

const plus = (a: Weighted, values: Values, weight: number): Weighted => ({
  sum: Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, (a.sum[name] ?? 0) + weight * value]),
  ),
  weight: a.weight + weight,
});

const meanOf = ({ sum, weight }: Weighted): Values =>
  Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / weight]));

/** The number of rows of a batch: of its targets, or of its first tensor; 1 without tensors. */
const rowsOf = (batch: unknown): number => {
  const [first] = [...leaves(at(['targets'])(batch)), ...leaves(batch)];
  return Math.max(first?.shape[0] ?? 1, 1);
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
          'does not record the length of an epoch: add epochs: { step, epoch, length } to it, its step, the completed ' +
          'epochs and the batches in an epoch',
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

/** Yields to the event loop, at most every 16 ms. */
const yielder = (): (() => Promise<void>) => {
  const last = { at: performance.now() };
  return async () => {
    if (performance.now() - last.at < 16) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last.at = performance.now();
  };
};

const assertOptions = <P, B, R, S>(step: TrainStep<P, B, R, S>, options: FitOptions<P, B, R, S>): void => {
  if (typeof step?.update !== 'function') invalidArgument('fit: step', 'what trainStep() returns', step);
  knownOptions('fit', options, optionNames);
  positiveInteger('fit: epochs', options.epochs);
  const { batches }: { readonly batches?: Partial<Batches<B>> } = options;
  if (typeof batches?.epoch !== 'function') {
    invalidArgument(
      'fit: batches',
      'what batches() returns, or a record with a length and epoch(key, epoch)',
      batches,
    );
  }
  positiveInteger('fit: batches.length', batches?.length);
  for (const name of ['onStep', 'onEpoch'] as const) {
    const callback: unknown = options[name];
    if (callback !== undefined && typeof callback !== 'function')
      invalidArgument(`fit: ${name}`, 'a function', callback);
  }
  const { signal }: { readonly signal?: unknown } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    invalidArgument('fit: signal', 'an AbortSignal', signal);
  const { init, key, state }: { readonly init?: unknown; readonly key?: unknown; readonly state?: unknown } =
    options;
  if (state !== undefined) {
    const parts = ['params', 'optimizer', 'step', 'key'];
    if (typeof state !== 'object' || state === null || parts.some((part) => !(part in state)))
      invalidArgument('fit: state', 'a training state, as fit and trainStep return', state);
    checkKey('fit: state.key', (state as { readonly key: unknown }).key);
    const { epochs } = state as TrainingState<P, S>;
    if (epochs === undefined) return;
    const { step, epoch, length }: Partial<EpochLength> = epochs ?? {};
    const isCount = (value: unknown): value is number =>
      Number.isSafeInteger(value) && (value as number) >= 0;
    const isValid = isCount(step) && isCount(epoch) && isCount(length) && length > 0;
    if (!(isValid && step <= (state as TrainingState<P, S>).step))
      invalidArgument(
        'fit: state.epochs',
        'counts { step, epoch, length }, with a step that has been made',
        epochs,
      );
    return;
  }
  if (typeof init !== 'function') {
    invalidArgument('fit: init', 'a function from a key to parameters, such as model.init', init);
  }
  checkKey('fit: key', key);
};

const lastStepOf = ({ step, epoch, length }: EpochLength, epochs: number): number =>
  step + Math.max(0, epochs - epoch) * length;

/** The loop. Every tensor it makes is in `owned` until passed on or disposed. */
const run = async <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
  owned: { state: TrainingState<P, S> },
  since: EpochLength,
  progress: Progress,
  { note }: LossReader,
): Promise<Pick<Fitted<P, S>, 'history' | 'aborted'>> => {
  const { batches, epochs, signal } = options;
  const lastStep = lastStepOf(since, epochs);
  const yieldNow = yielder();
  const replace = (next: TrainingState<P, S>) => {
    dispose([owned.state.params, owned.state.optimizer]);
    owned.state = next;
  };
  const oneStep = async (batch: B, epoch: number, last: boolean): Promise<readonly Reading[]> => {
    const before = owned.state;
    const { state, parts } = step.update(before, batch);
    try {
      const read = await note(state.step, parts, last);
      for (const reading of read) await assertFiniteLoss(reading, before, state);
      if (last) await assertFiniteVariables(read.at(-1)!, before, state);
      replace(state);
      const info = { step: state.step, epoch, parts, state };
      await options.onStep?.(info);
      if (last) await options.onEpoch?.(info);
      return read;
    } finally {
      dispose(parts);
      if (owned.state !== state) dispose([state.params, state.optimizer]);
    }
  };
  const history: Values[] = [];
  while (owned.state.step < lastStep) {
    const done = owned.state.step - since.step;
    const epoch = since.epoch + Math.floor(done / batches.length);
    const order = batches.epoch(foldIn(owned.state.key, ORDER), epoch);
    if (typeof order?.at !== 'function')
      invalidArgument(
        'fit: result of batches.epoch',
        'a record with at(index), which returns a batch',
        order,
      );
    const began = performance.now();
    const first = owned.state.step;
    const from = done % batches.length;
    // For the steps of this epoch, since losses may be read later than their step. Batches of the same size all weigh 1.
    const rows: number[] = [];
    let sum: Weighted = { sum: {}, weight: 0 };
    for (let index = from; index < batches.length; index++) {
      if (signal?.aborted) return { history, aborted: true };
      const batch = order.at(index);
      if (batch === undefined || batch instanceof Promise)
        invalidArgument(`fit: batch ${index} of an epoch`, 'what the loss takes', batch);
      try {
        rows.push(rowsOf(batch));
        for (const { step, values } of await oneStep(batch, epoch + 1, index === batches.length - 1)) {
          sum = plus(sum, values, rows[step - first - 1]! / rows[0]!);
          progress.step(step, values);
        }
      } finally {
        dispose(batch);
      }
      await yieldNow();
    }
    const means = meanOf(sum);
    history.push(means);
    progress.epoch(epoch + 1, (performance.now() - began) / 1000, means);
  }
  return { history, aborted: false };
};

/**
 * Trains a model: makes the first state from `init` and `key` (or resumes from `state`), runs every epoch and returns the
 * last state, which the caller owns. Earlier states are disposed, also on failure. A resumed run does the remaining epochs
 * of `epochs`, with the same batches as before or, from the end of an epoch, with others. A state that was not made by
 * `fit` counts its steps as steps over the given batches.
 *
 * The options are `epochs`, `batches`, `onStep`, `onEpoch`, `progress` and `signal` (see {@link CommonFitOptions}), with
 * `init` and `key` to train from the start, or `state` to resume.
 *
 * @throws Error for options of the wrong kind, for a state in the middle of an epoch of another length, and if the loss is
 * no longer finite, naming the first variable that is not; errors of a callback, the loss or a batch are passed on
 * @example
 * const { params } = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
 *   init: model.init, key: random.key(0), epochs: 5,
 *   batches: batches({ inputs: images, targets: labels }, { size: 64 }),
 * });
 */
export const fit = async <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, Given<B>, Given<R>, Given<S>>,
): Promise<Fitted<P, S>> => {
  assertOptions(step, options);
  const { epochs, batches, state } = options;
  const since = epochsFrom(state, batches.length, epochs);
  const progress =
    options.progress === false
      ? silent
      : await defaultProgress(state?.step ?? 0, lastStepOf(since, epochs), epochs);
  try {
    const owned = { state: firstState(step, options, since) };
    const reader = lossReader();
    try {
      const outcome = await run(step, options, owned, since, progress, reader);
      return { ...owned.state, ...outcome };
    } catch (error) {
      dispose([owned.state.params, owned.state.optimizer]);
      throw error;
    } finally {
      reader.dispose();
    }
  } finally {
    progress.stop();
  }
};
