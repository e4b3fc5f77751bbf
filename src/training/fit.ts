import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, misuse, type OptionNames, positiveInteger } from '../check/index.ts';
import { foldIn, type Key, split } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { LossParts } from '../transforms/index.ts';
import { dispose, map } from '../tree/index.ts';
import { assertFiniteLoss, assertFiniteVariables } from './assertFinite.ts';
import type { Batches } from './batches.ts';
import { defaultProgress, type Progress, silent, type Values } from './progress.ts';
import { type Reading, type Readings, readings } from './readings.ts';
import type { TrainingState } from './state.ts';
import type { TrainStep } from './trainStep.ts';

/** What a callback learns of one step. The tensors live until the callback, or the promise that it returns, is done. */
export interface StepInfo<P, R, S> {
  /** The step just made, from 1. */
  readonly step: number;
  /** The epoch it belongs to, from 1. */
  readonly epoch: number;
  readonly parts: R;
  readonly state: TrainingState<P, S>;
}

/** What training takes, whether it begins or goes on. */
export interface CommonFitOptions<P, B, R, S> {
  /** The data, as `batches(...)` makes it. */
  readonly batches: Batches<B>;
  /** Passes over the data, counted from the first step ever made. */
  readonly epochs: number;
  /** Called, and awaited, after each step. */
  readonly onStep?: (info: StepInfo<P, R, S>) => void | Promise<void>;
  /** Called, and awaited, after each epoch. */
  readonly onEpoch?: (info: StepInfo<P, R, S>) => void | Promise<void>;
  /** Stops training after the step at hand; what was reached is returned. */
  readonly signal?: AbortSignal;
  /** A bar on a terminal and one line an epoch elsewhere; default true. */
  readonly progress?: boolean;
}

/** Training from the start, or onward from a state, which stays the caller's. */
export type FitOptions<P, B, R, S> = CommonFitOptions<P, B, R, S> &
  (
    | {
        /** Makes the parameters to begin with, such as `model.init`. */
        readonly init: (key: Key) => P;
        /** From which the parameters, each step's noise and each epoch's order follow. */
        readonly key: Key;
        readonly state?: never;
      }
    | {
        /** The state to go on from, such as a former `fit` returned. */
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

/** `T` where it is not to be inferred; TypeScript has `NoInfer` only since 5.4. */
type Given<T> = [T][T extends unknown ? 0 : never];

/** The state that training ended in, which the caller owns, and how it went. */
export interface Fitted<P, S> extends TrainingState<P, S> {
  /** The mean of each part of the loss over each epoch that was completed, plain numbers. */
  readonly history: readonly Values[];
  /** Whether an AbortSignal ended training early. */
  readonly aborted: boolean;
}

/** Folded into the training key for the order of the data: a number that no step reaches. */
const ORDER = 0xffffffff;

/** The state to begin with, always one of its own. */
const firstState = <P, B, R, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
): TrainingState<P, S> => {
  if (options.state !== undefined) {
    const { params, optimizer, step: done, key } = options.state;
    return { params: map(tf.clone)(params) as P, optimizer: map(tf.clone)(optimizer) as S, step: done, key };
  }
  const [start, noise] = split(options.key) as readonly [Key, Key];
  const params = options.init(start);
  try {
    return step.init(params, noise);
  } finally {
    dispose(params);
  }
};

const plus = (a: Values, b: Values): Values =>
  Object.fromEntries(Object.entries(b).map(([name, value]) => [name, (a[name] ?? 0) + value]));

const over = (sum: Values, count: number): Values =>
  Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / count]));

/** Lets the page or the process breathe, at most every 16 ms. */
const breather = (): (() => Promise<void>) => {
  const last = { at: performance.now() };
  return async () => {
    if (performance.now() - last.at < 16) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last.at = performance.now();
  };
};

const assertOptions = <P, B, R, S>(step: TrainStep<P, B, R, S>, options: FitOptions<P, B, R, S>): void => {
  if (typeof step?.update !== 'function') misuse('fit: step', 'what trainStep() returns', step);
  knownOptions('fit', options, optionNames);
  positiveInteger('fit: epochs', options.epochs);
  if (typeof options.batches?.epoch !== 'function')
    misuse('fit: batches', 'what batches() returns', options.batches);
  for (const name of ['onStep', 'onEpoch'] as const) {
    const callback: unknown = options[name];
    if (callback !== undefined && typeof callback !== 'function')
      misuse(`fit: ${name}`, 'a function', callback);
  }
  const { signal }: { readonly signal?: unknown } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    misuse('fit: signal', 'an AbortSignal', signal);
  const { init, key, state }: { readonly init?: unknown; readonly key?: unknown; readonly state?: unknown } =
    options;
  if (state !== undefined) {
    const parts = ['params', 'optimizer', 'step', 'key'];
    if (typeof state !== 'object' || state === null || parts.some((part) => !(part in state)))
      misuse('fit: state', 'a state of training, as fit and trainStep make it', state);
    return;
  }
  if (typeof init !== 'function') {
    misuse('fit: init', 'a function from a key to parameters, such as model.init', init);
  }
  checkKey('fit: key', key);
};

/** The loop itself: everything it makes is in `owned` until it is handed on or disposed. */
const run = async <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
  owned: { state: TrainingState<P, S> },
  progress: Progress,
  { note }: Readings,
): Promise<Pick<Fitted<P, S>, 'history' | 'aborted'>> => {
  const { batches, epochs, signal } = options;
  const breathe = breather();
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
  while (owned.state.step < epochs * batches.length) {
    const epoch = Math.floor(owned.state.step / batches.length);
    const order = batches.epoch(foldIn(owned.state.key, ORDER), epoch);
    const began = performance.now();
    const first = owned.state.step;
    let sum: Values = {};
    while (owned.state.step < (epoch + 1) * batches.length) {
      if (signal?.aborted) return { history, aborted: true };
      const index = owned.state.step % batches.length;
      const batch = order.at(index);
      try {
        for (const { step, values } of await oneStep(batch, epoch + 1, index === batches.length - 1)) {
          sum = plus(sum, values);
          progress.step(step, values);
        }
      } finally {
        dispose(batch);
      }
      await breathe();
    }
    const means = over(sum, owned.state.step - first);
    history.push(means);
    progress.epoch(epoch + 1, (performance.now() - began) / 1000, means);
  }
  return { history, aborted: false };
};

/**
 * Trains: makes the first state from `init` and `key` (or goes on from `state`), runs every epoch and
 * returns the last state, which the caller owns. It disposes all that it made before, also when it fails. Going on, it
 * runs the epochs that are left of `epochs`.
 *
 * @throws Error for options of the wrong kind, for what a callback, the loss or a batch throws, and if the loss is
 * no longer finite, naming the first variable that is not
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
  const progress =
    options.progress === false
      ? silent
      : await defaultProgress(state?.step ?? 0, epochs * batches.length, epochs);
  try {
    const owned = { state: firstState(step, options) };
    const reader = readings();
    try {
      const outcome = await run(step, options, owned, progress, reader);
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
