import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import type { TrainingState } from '../optimizers/index.ts';
import type { Key } from '../random/index.ts';
import type { LossParts, Model } from '../transforms/index.ts';
import { checkedModel } from '../transforms/modelArgument.ts';
import { dispose, map } from '../tree/index.ts';
import { assertFiniteLoss, assertFiniteVariables } from './assertFinite.ts';
import { lossReader, type Reading } from './lossReader.ts';
import {
  assertLoop,
  batchRows,
  type EpochsOptions,
  epochsOptionNames,
  firstState,
  type Given,
  type LoopOptions,
  orderKey,
  type Plan,
  plan,
  type StepInfo,
  type TrainingStart,
} from './plan.ts';
import { defaultProgress, type Progress, silent, type Values } from './progress.ts';
import { type BestScores, type Checkpointing, type RunFiles, type RunRecord, runFiles } from './resume.ts';
import { type EpochReader, openEpoch } from './source.ts';
import { assessment, type Stopping } from './stopping.ts';
import type { TrainStep } from './trainStep.ts';
import { type Validation, type Validator, validator } from './validation.ts';
import { type Watch, watch } from './warnings.ts';

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

/** The argument of `onEpoch`. Its tensors live until the callback, or the promise that it returns, is done. */
export interface EpochInfo<P, R, S> extends CompletedEpoch<P, R, S> {
  /** The scores of the validation after this epoch, if there was one. */
  readonly validation: Values | undefined;
}

/** Options for new and resumed runs. */
export interface CommonFitOptions<P, B, R, S> extends LoopOptions<P, B, R, S> {
  /** The model that is trained; needed for `validation` and `checkpoint`. Its `init` is used if none is given. */
  readonly model?: Model<P>;
  /** Scores the model on other data after epochs, and keeps the best parameters. */
  readonly validation?: Validation;
  /** Stops when the validation score no longer improves. */
  readonly stopping?: Stopping;
  /** Saves the run to a file as it goes; the same command later resumes it. */
  readonly checkpoint?: Checkpointing;
  /** Called, and awaited, after each epoch, and its validation. */
  readonly onEpoch?: (info: EpochInfo<P, R, S>) => void | Promise<void>;
  /** Whether to show a bar on a terminal, or one line per epoch elsewhere; default true. */
  readonly progress?: boolean;
  /**
   * Whether to warn on the console, once each, of inputs that look unscaled, a prior that outweighs the data, spreads that
   * still move at the end (with `model` only) and a loss that does not show the fit; default true.
   */
  readonly warnings?: boolean;
}

/** A start whose parameters the model makes. */
export interface ModelStart<P> {
  readonly model: Model<P>;
  readonly key: Key;
  readonly init?: never;
  readonly state?: never;
}

/** Options to train from the start, or to resume from a state, which the caller keeps. */
export type FitOptions<P, B, R, S> = CommonFitOptions<P, B, R, S> & (TrainingStart<P, S> | ModelStart<P>);

const optionNames: OptionNames<FitOptions<never, never, never, never>> = {
  ...epochsOptionNames,
  model: true,
  validation: true,
  stopping: true,
  checkpoint: true,
  onEpoch: true,
  progress: true,
  warnings: true,
};

/** The best parameters by validation score. */
export interface Best<P> extends BestScores {
  /** Parameters that the caller owns, beside the last state. */
  readonly params: P;
}

/** The final state of training, which the caller owns, and its history. */
export interface Fitted<P, S> extends TrainingState<P, S> {
  /**
   * The mean of each part of the loss over the rows of each completed epoch, as plain numbers; of an epoch that was resumed
   * in its middle, over the rest of its rows.
   */
  readonly history: readonly Values[];
  /** Whether an AbortSignal ended training early. */
  readonly aborted: boolean;
  /** The scores of each validation, with its `epoch`, counted from 1. */
  readonly validations: readonly Values[];
  /** The best parameters so far; `undefined` if nothing was validated. */
  readonly best: Best<P> | undefined;
  /** Whether `stopping` ended training early. */
  readonly stopped: boolean;
}

/** The validations of a run, and its best parameters. */
interface Judged<P> {
  readonly record: RunRecord;
  readonly best: Best<P> | undefined;
  readonly stop: boolean;
}

const copied = <T>(tree: T): T => map(tf.clone)(tree) as T;

const assertCallback = (name: string, callback: unknown): void => {
  if (callback !== undefined && typeof callback !== 'function')
    invalidArgument(`fit: ${name}`, 'a function', callback);
};

/** The validation of a run, its files and its loop, once its options have been checked. */
interface Setup<P, B, R, S> {
  readonly loop: EpochsOptions<P, B, R, S>;
  readonly validation: Validator<P> | undefined;
  readonly judge: ReturnType<typeof assessment>;
  readonly files: RunFiles<P, S> | undefined;
}

const setup = <P, B, R, S>(
  step: TrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
): Setup<P, B, R, S> => {
  const { model, validation, stopping, checkpoint, onEpoch, progress, warnings, ...start } = knownOptions(
    'fit',
    options,
    optionNames,
  );
  for (const [name, value] of Object.entries({ validation, checkpoint })) {
    if (value !== undefined && model === undefined)
      invalidArgument('fit: model', `given, since ${name} is`, model);
  }
  if (model !== undefined) checkedModel('fit: model', model);
  const init = start.init ?? model?.init;
  const loop = (start.state === undefined ? { ...start, init } : start) as EpochsOptions<P, B, R, S>;
  assertLoop(step, loop);
  assertCallback('onEpoch', onEpoch);
  if (stopping !== undefined && validation === undefined)
    invalidArgument('fit: validation', 'given, since stopping is', validation);
  const validated = validation && validator(model as Model<P>, validation);
  return {
    loop,
    validation: validated,
    judge: assessment(validated?.names ?? ['nll'], stopping),
    files: checkpoint && runFiles(model as Model<P>, step.optimizer, checkpoint),
  };
};

/** Scores by the names under which progress shows them. */
const shown = (scores: Values | undefined): Values =>
  Object.fromEntries(
    Object.entries(scores ?? {}).map(([name, value]) => [`validation ${name}`, value] as const),
  );

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

/** Yields to the event loop, at most every 16 ms. */
const yielder = (): (() => Promise<void>) => {
  const last = { at: performance.now() };
  return async () => {
    if (performance.now() - last.at < 16) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last.at = performance.now();
  };
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
 * @param look receives each batch before its step
 */
const run = async function* <P, B, R extends LossParts, S>(
  step: TrainStep<P, B, R, S>,
  options: EpochsOptions<P, B, R, S>,
  { first, last, ...since }: Plan,
  report: (step: number, values: Values) => void = () => {},
  look: Watch['batch'] = () => {},
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
      for (const reading of read) await assertFiniteLoss(reading, before, state, step.optimizer);
      if (isLast) await assertFiniteVariables(read.at(-1)!, before, state, step.optimizer);
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
            look(batch);
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

/**
 * Trains a model: makes the first state from `init` and `key` (or resumes from `state`), runs every epoch and returns the
 * last state, which the caller owns. Earlier states are disposed, also on failure. A resumed run does the remaining epochs
 * of `epochs`, with the same batches as before or, from the end of an epoch, with others. A state that was not made by
 * `fit` counts its steps as steps over the given batches.
 *
 * With `validation`, the model is scored after epochs on other data by its predictive distribution, and the parameters
 * with the best score come back as `best`. With `checkpoint`, the run is saved as it goes, and resumed from its file.
 *
 * The options are `epochs`, `batches`, `onStep`, `onEpoch`, `progress`, `warnings` and `signal` (see {@link CommonFitOptions}),
 * `model`, `validation`, `stopping` and `checkpoint`, with `init` and `key` to train from the start, or `state` to resume.
 *
 * @throws Error for options of the wrong kind, for a state in the middle of an epoch of another length, and if the loss is
 * no longer finite, naming the first variable that is not; for a validation score that is NaN, and a checkpoint that cannot
 * be written or does not fit the model; errors of a callback, the loss or a batch are passed on
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
  const { loop, validation, judge, files } = setup(step, options as FitOptions<P, B, R, S>);
  const { onEpoch, progress, epochs, model, warnings } = options;
  const watching = watch({ model, epochs, rows: loop.batches.rows, warnings });
  const saved = await files?.open();
  // The state reached, if this function owns it: between epochs that of the loop, which disposes it by the next.
  let state = saved?.state;
  const release = (next: TrainingState<P, S> | undefined) => {
    if (state !== next) dispose([state?.params, state?.optimizer]);
    state = next;
  };
  let judged: Judged<P> = {
    record: { history: saved?.history ?? [], validations: saved?.validations ?? [] },
    best: saved?.best,
    stop: false,
  };
  let bar: Progress = silent;
  let warned: readonly string[] = [];
  try {
    const { onStep } = loop;
    const start = state === undefined ? {} : { state, init: undefined, key: undefined };
    const saving = async (info: StepInfo<P, R, S>) => {
      // The loop has copied what it started from.
      if (saved !== undefined && state === saved.state) release(undefined);
      await onStep?.(info);
      const endsEpoch = (info.step - steps.step) % steps.length === 0;
      if (files !== undefined && info.step % files.every === 0 && !endsEpoch)
        await files.save(info.state, judged.record);
    };
    const given = { ...loop, ...start, onStep: saving } as EpochsOptions<P, B, R, S>;
    const steps = await plan(given);
    const { first, last, ...since } = steps;
    if (progress !== false) bar = await defaultProgress(first, last, epochs);
    const validate = async (params: P, key: Key, epoch: number): Promise<Values | undefined> => {
      if (validation === undefined || (epoch % validation.every !== 0 && epoch !== epochs)) return undefined;
      const scores = { epoch, ...(await validation.scores(params, key)) };
      const { history } = judged.record;
      const validations = [...judged.record.validations, scores];
      const { best, stop } = judge(validations);
      const before = judged.best;
      const isBest = best === validations.length - 1 || before === undefined;
      judged = {
        record: { history, validations },
        best: isBest ? { epoch, scores, params: copied(params) } : before,
        stop,
      };
      if (isBest) dispose(before?.params);
      if (isBest) await files?.saveBest(params, { epoch, scores });
      return scores;
    };
    let aborted = false;
    let lastEpoch = 0;
    if (first >= last) {
      release(firstState(step, given, since));
    }
    for await (const item of run(step, given, steps, bar.step, watching.batch)) {
      release(item.state);
      if (item.aborted) {
        aborted = true;
        break;
      }
      judged = {
        ...judged,
        record: { ...judged.record, history: [...judged.record.history, item.losses] },
      };
      lastEpoch = item.epoch;
      watching.epoch(item.epoch, item.state.params);
      const scores = await validate(item.state.params, item.state.key, item.epoch);
      await onEpoch?.({ ...item, validation: scores });
      bar.epoch(item.epoch, item.seconds, { ...item.losses, ...shown(scores) });
      await files?.save(item.state, judged.record);
      if (judged.stop) break;
    }
    const reached = state as TrainingState<P, S>;
    if (aborted) await files?.save(reached, judged.record);
    const { history, validations } = judged.record;
    // The history of a run that resumed from a state begins there.
    if (!aborted && history.length === lastEpoch) warned = await watching.end(history);
    return { ...reached, history, aborted, validations, best: judged.best, stopped: judged.stop };
  } catch (error) {
    dispose([state?.params, state?.optimizer, judged.best?.params]);
    throw error;
  } finally {
    bar.stop();
    watching.dispose();
    for (const message of warned) console.warn(message);
  }
};
