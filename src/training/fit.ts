import { knownOptions } from '../check/index.ts';
import type { EpochLength, TrainingState } from '../optimizers/index.ts';
import type { LossParts } from '../transforms/index.ts';
import { dispose } from '../tree/index.ts';
import { assertFiniteLoss, assertFiniteVariables } from './assertFinite.ts';
import { epochBatches } from './epochBatches.ts';
import { epochLosses } from './epochLosses.ts';
import {
  type AbortedEpoch,
  type CompletedEpoch,
  type FitOptions,
  type FitSetup,
  fitSetup,
} from './fitOptions.ts';
import { type Best, type Judged, judgedSoFar, withLosses, withScores } from './judged.ts';
import { lossReader, type Reading } from './lossReader.ts';
import {
  assertLoop,
  type EpochsOptions,
  epochsOptionNames,
  firstState,
  type Given,
  orderKey,
  type Plan,
  plan,
  type StepInfo,
} from './plan.ts';
import { defaultProgress, type Progress, silent, type Values } from './progress.ts';
import type { SavedRun } from './resume.ts';
import type { AnyTrainStep, Updated } from './trainStep.ts';
import { type Watch, watch } from './warnings.ts';

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

/** What the steps of a run share. */
interface Loop<P, B, R, S> {
  readonly step: AnyTrainStep<P, B, R, S>;
  readonly options: EpochsOptions<P, B, R, S>;
  /** From where epochs are counted. */
  readonly since: EpochLength;
  /** The state reached. Every tensor that a run makes is in it, or in `reader`, until passed on or disposed. */
  readonly owned: { state: TrainingState<P, S> };
  readonly reader: ReturnType<typeof lossReader>;
  readonly read: ReturnType<typeof epochBatches<B>>;
  /** Receives the numbers of each step as they become known. */
  readonly report: (step: number, values: Values) => void;
  /** Receives each batch before its step. */
  readonly look: Watch['batch'];
}

/** Whether a step is the last of its epoch. */
const endsEpoch = (step: number, since: EpochLength): boolean => (step - since.step) % since.length === 0;

/** Checks a step, puts its state in the place of the one before it, which is disposed, and calls back. */
const acceptStep = async <P, B, R extends LossParts, S>(
  { step, options, owned, reader }: Loop<P, B, R, S>,
  { state, parts }: Updated<P, R, S>,
  epoch: number,
  isLast: boolean,
): Promise<{ readonly info: StepInfo<P, R, S>; readonly readings: readonly Reading[] }> => {
  const before = owned.state;
  try {
    const readings = await reader.note(state.step, parts, isLast);
    for (const reading of readings) await assertFiniteLoss(reading, before, state, step.optimizer);
    if (isLast) await assertFiniteVariables(readings.at(-1)!, before, state, step.optimizer);
    dispose([before.params, before.optimizer]);
    owned.state = state;
    const info = { step: state.step, epoch, parts, state };
    await options.onStep?.(info);
    return { info, readings };
  } catch (error) {
    dispose(parts);
    throw error;
  } finally {
    if (owned.state !== state) dispose([state.params, state.optimizer]);
  }
};

/** The epoch of the state reached, or what is left of it. */
const oneEpoch = async <P, B, R extends LossParts, S>(
  loop: Loop<P, B, R, S>,
): Promise<CompletedEpoch<P, R, S> | AbortedEpoch<P, S>> => {
  const { step, since, owned, read, report, look } = loop;
  const began = performance.now();
  const done = owned.state.step - since.step;
  const start = {
    epoch: since.epoch + Math.floor(done / since.length),
    from: done % since.length,
    length: since.length,
  };
  const epoch = start.epoch + 1;
  const losses = epochLosses(owned.state.step);
  let final: StepInfo<P, R, S> | undefined;
  try {
    for await (const batch of read(orderKey(owned.state.key), start)) {
      losses.batch(batch);
      look(batch);
      const isLast = endsEpoch(owned.state.step + 1, since);
      // Called here, not in a function of its own, which would be one more on the stack of every step.
      const made = step.update(owned.state, batch);
      const updated = 'then' in made ? await made : made;
      const { info, readings } = await acceptStep(loop, updated, epoch, isLast);
      if (isLast) final = info;
      else dispose(info.parts);
      for (const reading of readings) {
        losses.add(reading);
        report(reading.step, reading.values);
      }
    }
  } catch (error) {
    dispose(final?.parts);
    throw error;
  }
  if (final === undefined) return { aborted: true, epoch, state: owned.state };
  const seconds = (performance.now() - began) / 1000;
  return { ...final, aborted: false, losses: losses.mean(), seconds };
};

/** `epochs` for checked options and a plan. */
const run = async function* <P, B, R extends LossParts, S>(
  step: AnyTrainStep<P, B, R, S>,
  options: EpochsOptions<P, B, R, S>,
  { first, last, ...since }: Plan,
  report: Loop<P, B, R, S>['report'] = () => {},
  look: Watch['batch'] = () => {},
): AsyncGenerator<CompletedEpoch<P, R, S> | AbortedEpoch<P, S>, void, undefined> {
  if (first >= last) return;
  const owned = { state: firstState(step, options, since) };
  const reader = lossReader();
  const read = epochBatches(options.batches, options.signal);
  const loop = { step, options, since, owned, reader, read, report, look };
  try {
    while (owned.state.step < last) {
      const item = await oneEpoch(loop);
      try {
        yield item;
      } finally {
        if (!item.aborted) dispose(item.parts);
      }
      if (item.aborted) return;
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
 * const step = trainStep(loss, adam({ learningRate: 1e-3 }));
 * for await (const item of epochs(step, options)) {
 *   if (!item.aborted) console.log(item.epoch, item.losses.loss);
 * }
 */
export const epochs = <P, B, R extends LossParts, S>(
  step: AnyTrainStep<P, B, R, S>,
  options: EpochsOptions<P, Given<B>, Given<R>, Given<S>>,
): AsyncGenerator<CompletedEpoch<P, R, S> | AbortedEpoch<P, S>, void, undefined> => {
  assertLoop(step, knownOptions('epochs', options, epochsOptionNames));
  return (async function* () {
    yield* run(step, options, await plan(options));
  })();
};

/** Scores by the names under which progress shows them; it shows the epoch anyway. */
const shown = ({ epoch: _, ...scores }: Values = {}): Values =>
  Object.fromEntries(Object.entries(scores).map(([name, value]) => [`validation ${name}`, value] as const));

/** What `fit` owns: its state, between epochs that of the loop, which disposes it by the next, and its best parameters. */
interface Owned<P, S> {
  state: TrainingState<P, S> | undefined;
  judged: Judged<P>;
}

/** Puts a state in the place of the one before it, which is disposed. */
const take = <P, S>(owned: Owned<P, S>, next: TrainingState<P, S> | undefined): void => {
  if (owned.state !== next) dispose([owned.state?.params, owned.state?.optimizer]);
  owned.state = next;
};

/** The options of the loop, from the saved run if there is one. */
const startFrom = <P, B, R, S>(
  loop: EpochsOptions<P, B, R, S>,
  saved: SavedRun<P, S> | undefined,
): EpochsOptions<P, B, R, S> =>
  (saved === undefined
    ? loop
    : { ...loop, state: saved.state, init: undefined, key: undefined }) as EpochsOptions<P, B, R, S>;

/** `onStep`, and after it a save where one is due in the middle of an epoch. */
const savingStep =
  <P, B, R, S>(
    { loop, files }: FitSetup<P, B, R, S>,
    since: EpochLength,
    owned: Owned<P, S>,
    saved: SavedRun<P, S> | undefined,
  ) =>
  async (info: StepInfo<P, R, S>): Promise<void> => {
    // The loop has copied what it started from.
    if (saved !== undefined && owned.state === saved.state) take(owned, undefined);
    await loop.onStep?.(info);
    if (files !== undefined && info.step % files.every === 0 && !endsEpoch(info.step, since))
      await files.save(info.state, owned.judged.record);
  };

/** The scores of the model after an epoch, with its number, if it is to be validated; they are noted in `owned`. */
const validate = async <P, B, R, S>(
  setup: FitSetup<P, B, R, S>,
  owned: Owned<P, S>,
  { epoch, state: { params, key } }: CompletedEpoch<P, R, S>,
): Promise<Values | undefined> => {
  const { validation, loop } = setup;
  if (validation === undefined || (epoch % validation.every !== 0 && epoch !== loop.epochs)) return undefined;
  const scores = { epoch, ...(await validation.scores(params, key)) };
  owned.judged = await withScores<P, S>(owned.judged, setup, params, scores);
  return scores;
};

/**
 * Trains a model: makes the first state from `init` and `key` (or resumes from `state`), runs every epoch and returns the
 * last state, which the caller owns. Earlier states are disposed, also on failure. A resumed run does the remaining epochs
 * of `epochs`, with the same batches as before or, from the end of an epoch, with others. A state that was not made by
 * `fit` counts its steps as steps over the given batches.
 *
 * With `validation`, the model is scored after epochs on other data by its predictive distribution, and the parameters
 * with the best score come back as `best`. With `checkpoint`, the run is saved as it goes, and resumed from its file.
 * A step whose `update` is a promise, as that of `parallelStep`, is awaited.
 *
 * `epochs` and `batches` are needed, and either `key` with `model` or `init` to train from the start, or `state` to resume.
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
  step: AnyTrainStep<P, B, R, S>,
  options: FitOptions<P, Given<B>, Given<R>, Given<S>>,
): Promise<Fitted<P, S>> => {
  const setup = fitSetup(step, options as FitOptions<P, B, R, S>);
  const { loop, files } = setup;
  const { onEpoch, progress, epochs, model, warnings } = options as FitOptions<P, B, R, S>;
  const watching = watch({ model, epochs, rows: loop.batches.rows, warnings });
  const saved = await files?.open();
  const owned: Owned<P, S> = { state: saved?.state, judged: judgedSoFar(saved) };
  let bar: Progress = silent;
  let warned: readonly string[] = [];
  const afterEpoch = async (item: CompletedEpoch<P, R, S>): Promise<void> => {
    owned.judged = withLosses(owned.judged, item.losses);
    watching.epoch(item.epoch, item.state.params);
    const scores = await validate(setup, owned, item);
    await onEpoch?.({ ...item, validation: scores });
    bar.epoch(item.epoch, item.seconds, { ...item.losses, ...shown(scores) });
    await files?.save(item.state, owned.judged.record);
  };
  try {
    const start = startFrom(loop, saved);
    const steps = await plan(start);
    const { first, last, ...since } = steps;
    const given = { ...start, onStep: savingStep(setup, since, owned, saved) };
    if (progress !== false) bar = await defaultProgress(first, last, epochs);
    if (first >= last) take(owned, firstState(step, given, since));
    let [aborted, lastEpoch] = [false, 0];
    for await (const item of run(step, given, steps, bar.step, watching.batch)) {
      take(owned, item.state);
      aborted = item.aborted;
      if (item.aborted) break;
      lastEpoch = item.epoch;
      await afterEpoch(item);
      if (owned.judged.stop) break;
    }
    const reached = owned.state as TrainingState<P, S>;
    const { record, best, stop } = owned.judged;
    if (aborted) await files?.save(reached, record);
    // The history of a run that resumed from a state begins there.
    if (!aborted && record.history.length === lastEpoch) warned = await watching.end(record.history);
    return { ...reached, ...record, aborted, best, stopped: stop };
  } catch (error) {
    dispose([owned.state?.params, owned.state?.optimizer, owned.judged.best?.params]);
    throw error;
  } finally {
    bar.stop();
    watching.dispose();
    for (const message of warned) console.warn(message);
  }
};
