import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import type { EpochLength, TrainingState } from '../optimizers/index.ts';
import { foldIn, type Key, split } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { LossParts } from '../transforms/index.ts';
import { at, dispose, leaves, map } from '../tree/index.ts';
import { assertFiniteLoss, assertFiniteVariables } from './assertFinite.ts';
import { lossReader, type Reading } from './lossReader.ts';
import type { Values } from './progress.ts';
import { type EpochReader, openEpoch, type Source } from './source.ts';
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

/** A completed epoch. `step` and `parts` are those of its last step. */
export interface CompletedEpoch<P, R, S> extends StepInfo<P, R, S> {
  readonly aborted: false;
  /** The mean of each part of the loss over the rows of the epoch, as plain numbers. */
  readonly losses: Values;
  /** How long the epoch took. */
  readonly seconds: number;
}

/** The end of a run that its signal stopped, in the middle of an epoch or before one. */
export interface AbortedEpoch<P, S> {
  readonly aborted: true;
  readonly epoch: number;
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
  step: TrainStep<P, B, R, S>,
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

const weightedMean = ({ sum, weight }: Weighted): Values =>
  Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / weight]));

/**
 * The number of rows of a batch: of its targets, or of its first tensor; 1 without tensors.
 *
 * @example
 * batchRows({ inputs: tf.ones([4, 2]), targets: tf.ones([4, 1]) }); // 4
 */
export const batchRows = (batch: unknown): number => {
  const [first] = [...leaves(at(['targets'])(batch)), ...leaves(batch)];
  return Math.max(first?.shape[0] ?? 1, 1);
};

/** The key of the order of the data. */
const orderKey = (key: Key): Key => foldIn(key, ORDER);

/** The key of the noise of a run's steps, which its state keeps. */
const noiseKey = <P, S>(start: TrainingStart<P, S>): Key =>
  start.state === undefined ? (split(start.key)[1] as Key) : start.state.key;

/** The batches in an epoch, for a stream of batches from the rows of the first. */
const epochLength = async (
  { batches }: LoopOptions<never, unknown, never, never>,
  key: Key,
): Promise<number> => {
  if (batches.length !== undefined) return batches.length;
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

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const assertState = (state: unknown): void => {
  const parts = ['params', 'optimizer', 'step', 'key'];
  if (typeof state !== 'object' || state === null || parts.some((part) => !(part in state)))
    invalidArgument('fit: state', 'a training state, as fit and trainStep return', state);
  const { key, step: done, epochs } = state as TrainingState<unknown, unknown>;
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
  step: TrainStep<P, B, R, S>,
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
  const length =
    options.batches.length ??
    (await epochLength(options as LoopOptions<never, unknown, never, never>, noiseKey(options)));
  const since = epochsFrom(options.state, length, options.epochs);
  const last = since.step + Math.max(0, options.epochs - since.epoch) * length;
  return { ...since, first: options.state?.step ?? 0, last };
};

/** A reader that ends when the signal is aborted, whatever it waits for. */
const abortable = <B>(reader: EpochReader<B>, signal: AbortSignal | undefined): EpochReader<B> => {
  if (signal === undefined) return reader;
  const aborted: { end?: () => void } = {};
  const listener = () => {
    void reader.close();
    aborted.end?.();
  };
  signal.addEventListener('abort', listener);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        aborted.end = () => resolve({ done: true, value: undefined });
        reader.next().then(resolve, reject);
      }),
    close: async () => {
      signal.removeEventListener('abort', listener);
      await reader.close();
    },
  };
};

/**
 * `epochs` for checked options and a plan.
 *
 * @param report receives the numbers of each step as they become known
 */
export const run = async function* <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: EpochsOptions<P, B, R, S>,
  { first, last, ...since }: Plan,
  report: (step: number, values: Values) => void = () => {},
): AsyncGenerator<CompletedEpoch<P, R, S> | AbortedEpoch<P, S>, void, undefined> {
  if (first >= last) return;
  const { batches, signal } = options;
  const yieldNow = yielder();
  // Every tensor made here is in one of these until passed on or disposed.
  const owned = { state: firstState(step, options, since) };
  const reader = lossReader();
  const oneStep = async (batch: B, epoch: number, isLast: boolean) => {
    const before = owned.state;
    const { state, parts } = step.update(before, batch);
    try {
      const read = await reader.note(state.step, parts, isLast);
      for (const reading of read) await assertFiniteLoss(reading, before, state);
      if (isLast) await assertFiniteVariables(read.at(-1)!, before, state);
      dispose([before.params, before.optimizer]);
      owned.state = state;
      const info = { step: state.step, epoch, parts, state };
      await options.onStep?.(info);
      return { read, info };
    } catch (error) {
      dispose(parts);
      throw error;
    } finally {
      if (owned.state !== state) dispose([state.params, state.optimizer]);
    }
  };
  try {
    while (owned.state.step < last) {
      const began = performance.now();
      const firstStep = owned.state.step;
      const done = firstStep - since.step;
      const epoch = since.epoch + Math.floor(done / since.length);
      const from = done % since.length;
      const reading = abortable(openEpoch(batches, orderKey(owned.state.key), epoch, from), signal);
      // For the steps of this epoch, since losses may be read later than their step. Batches of the same size all weigh 1.
      const rows: number[] = [];
      let sum: Weighted = { sum: {}, weight: 0 };
      let final: { readonly info: StepInfo<P, R, S> } | undefined;
      const note = ({ step, values }: Reading) => {
        sum = plus(sum, values, rows[step - firstStep - 1]! / rows[0]!);
        report(step, values);
      };
      try {
        for (let index = from; index < since.length && !signal?.aborted; index++) {
          const { done: ended, value: batch } = await reading.next();
          if (signal?.aborted && !ended) dispose(batch);
          if (signal?.aborted) break;
          if (ended)
            throw new Error(`fit: batches ended after ${index} of the ${since.length} batches of an epoch`);
          try {
            rows.push(batchRows(batch));
            const isLast = index === since.length - 1;
            const { read, info } = await oneStep(batch, epoch + 1, isLast);
            if (isLast) final = { info };
            else dispose(info.parts);
            read.forEach(note);
          } finally {
            dispose(batch);
          }
          await yieldNow();
        }
        // Only the end of a stream shows that it has no more rows than it should.
        if (final !== undefined) {
          const { done: ended, value } = await reading.next();
          if (!ended) {
            dispose(value);
            throw new Error(`fit: batches must end after ${since.length} batches of an epoch, got another`);
          }
        }
      } catch (error) {
        dispose(final?.info.parts);
        throw error;
      } finally {
        await reading.close();
      }
      if (final === undefined) {
        yield { aborted: true, epoch: epoch + 1, state: owned.state };
        return;
      }
      try {
        const seconds = (performance.now() - began) / 1000;
        yield { ...final.info, aborted: false, losses: weightedMean(sum), seconds };
      } finally {
        dispose(final.info.parts);
      }
    }
  } catch (error) {
    dispose([owned.state.params, owned.state.optimizer]);
    throw error;
  } finally {
    reader.dispose();
  }
};

/**
 * Trains a model one epoch at a time, for a loop of your own: `fit` is one. The state of an epoch lives until the next
 * one is asked for, and is yours if the loop ends there. If the signal stops a run in the middle of an epoch, the last
 * item is `{ aborted: true, epoch, state }`. If no epochs remain there are no items.
 *
 * @throws Error like `fit`
 * @example
 * const options = {
 *   init: model.init, key: random.key(0), epochs: 2,
 *   batches: batches({ inputs: images, targets: labels }, { size: 100 }),
 * };
 * for await (const item of epochs(trainStep(loss, adam({ learningRate: 1e-3 })), options)) {
 *   if (!item.aborted) console.log(item.epoch, item.losses.loss);
 * }
 */
export const epochs = <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: EpochsOptions<P, Given<B>, Given<R>, Given<S>>,
): AsyncGenerator<CompletedEpoch<P, R, S> | AbortedEpoch<P, S>, void, undefined> => {
  assertLoop(step, knownOptions('epochs', options, epochsOptionNames));
  return (async function* () {
    yield* run(step, options, await plan(options));
  })();
};
