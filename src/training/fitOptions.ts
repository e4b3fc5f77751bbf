import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import type { TrainingState } from '../optimizers/index.ts';
import type { Key } from '../random/index.ts';
import type { Model } from '../transforms/index.ts';
import { checkedModel } from '../transforms/modelArgument.ts';
import {
  assertLoop,
  type EpochsOptions,
  epochsOptionNames,
  type LoopOptions,
  type StepInfo,
  type TrainingStart,
} from './plan.ts';
import type { Values } from './progress.ts';
import { type Checkpointing, type RunFiles, runFiles } from './resume.ts';
import { assessment, type Stopping } from './stopping.ts';
import type { AnyTrainStep } from './trainStep.ts';
import { type Validation, type Validator, validator } from './validation.ts';

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

const assertCallback = (name: string, callback: unknown): void => {
  if (callback !== undefined && typeof callback !== 'function')
    invalidArgument(`fit: ${name}`, 'a function', callback);
};

/** The validation of a run, its files and its loop, once its options have been checked. */
export interface FitSetup<P, B, R, S> {
  readonly loop: EpochsOptions<P, B, R, S>;
  readonly validation: Validator<P> | undefined;
  readonly judge: ReturnType<typeof assessment>;
  readonly files: RunFiles<P, S> | undefined;
}

/**
 * Checks the options of `fit`, and makes what they ask for.
 *
 * @throws Error naming the first option that is not valid
 * @example
 * const { loop, validation } = fitSetup(trainStep(loss, adam({ learningRate: 1e-3 })), options);
 */
export const fitSetup = <P, B, R, S>(
  step: AnyTrainStep<P, B, R, S>,
  options: FitOptions<P, B, R, S>,
): FitSetup<P, B, R, S> => {
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
