import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, type Refused, tag } from '../check/index.ts';
import {
  isGradientTransformation,
  type Moved,
  writeStatistics,
} from '../optimizers/gradientTransformation.ts';
import type { GradientTransformation, Requirements } from '../optimizers/index.ts';
import { isTrainingState, type TrainingState } from '../optimizers/trainingState.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { LossParts } from '../transforms/index.ts';
import { stepGradient } from '../transforms/valueAndGrad.ts';
import { dispose, leaves, map, tidied, zipWith } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import { assertFiniteData } from './assertFinite.ts';

/** Options of the `update` of a training step. */
export interface UpdateOptions {
  /**
   * Dispose the old state, which must not be used again; default false. Its memory may be used for the next one: if the update
   * fails after the loss and its gradient, such as for lack of memory, the old state is disposed and lost.
   */
  readonly donate?: boolean;
}

const optionNames: OptionNames<UpdateOptions> = { donate: true };

/** An update that depends on the temperature of the loss would be wrong, in silence, for another one. */
const assertTemperature = (fn: string, loss: object, { temperature }: Requirements): void => {
  if (temperature === undefined) return;
  const own: unknown = 'temperature' in loss ? loss.temperature : undefined;
  if (own !== temperature)
    invalidArgument(
      `${fn}: temperature of the loss`,
      typeof temperature === 'number'
        ? `${temperature}, as that of the optimizer`
        : 'the schedule that the optimizer has',
      own,
      own === undefined ? 'give a loss of your own one with Object.assign(loss, { temperature })' : undefined,
    );
};

/** What one update returns. */
export interface Updated<P, R, S> {
  readonly state: TrainingState<P, S>;
  /** The parts of the loss before the update. */
  readonly parts: R;
}

/** One step of training, as a pair of pure functions. */
export interface TrainStep<P, B, R, S> {
  readonly optimizer: GradientTransformation<S>;
  /** The state before the first step. It copies the parameters, which the caller keeps. */
  readonly init: (params: P, key: Key) => TrainingState<P, S>;
  /** The state after one update on a batch, and the parts of the loss before it. */
  readonly update: (state: TrainingState<P, S>, batch: B, options?: UpdateOptions) => Updated<P, R, S>;
}

/** A training step whose update is a promise, as that of `parallelStep` is; `fit` awaits it. */
export interface AsyncTrainStep<P, B, R, S> extends Omit<TrainStep<P, B, R, S>, 'update'> {
  /** As of `TrainStep`. State and batch must live until the promise settles. */
  readonly update: (
    state: TrainingState<P, S>,
    batch: B,
    options?: UpdateOptions,
  ) => Promise<Updated<P, R, S>>;
}

/** A training step that `fit` takes. */
export type AnyTrainStep<P, B, R, S> = TrainStep<P, B, R, S> | AsyncTrainStep<P, B, R, S>;

const byElbo = 'make a loss with elbo first';

/** A compile error with this text for a model in place of a loss. */
type NotALoss = Refused<'Layer' | 'Model', typeof byElbo>;

/** A compile error with this text for a function that returns an output, with terms or without, in place of a loss. */
export interface NoLoss<Message extends string = typeof byElbo> {
  readonly output: never;
  readonly statistics: never;
  readonly error: Message;
}

/** The parts of a step that are the same wherever its gradient comes from. */
export interface StepParts<P, R, S> {
  readonly init: TrainStep<P, never, R, S>['init'];
  /**
   * Checks the arguments of an update.
   *
   * @throws Error naming the first that is not valid
   */
  readonly checked: (
    state: TrainingState<P, S>,
    batch: unknown,
    options: UpdateOptions,
  ) => Required<UpdateOptions>;
  /**
   * The update by the parts of a loss, which it takes apart, and its gradient. The caller disposes intermediates, and a state
   * that is donated, unless this throws.
   */
  readonly applied: (
    state: TrainingState<P, S>,
    parts: LossParts,
    gradient: P,
    donate: boolean,
  ) => { readonly params: P; readonly moments: S; readonly parts: R };
  /** The state after an update. */
  readonly next: (
    state: TrainingState<P, S>,
    updated: { readonly params: P; readonly moments: S },
  ) => TrainingState<P, S>;
}

/**
 * What a training step is made of beside its gradient, in the function `fn`.
 *
 * @throws Error for an optimizer that is not one, or needs another temperature than the loss has
 * @example
 * const { init, applied } = stepParts('trainStep', loss, adam({ learningRate: 1e-3 }));
 */
export const stepParts = <P, R, S>(
  fn: string,
  loss: object,
  optimizer: GradientTransformation<S>,
): StepParts<P, R, S> => {
  if (!isGradientTransformation(optimizer))
    invalidArgument(`${fn}: optimizer`, 'one such as adam({ learningRate: 1e-3 })', optimizer);
  assertTemperature(fn, loss, optimizer);
  return {
    init: (params, key) => {
      checkKey(`${fn}: key`, key);
      if (tag(params) !== undefined || leaves(params).length === 0)
        invalidArgument(`${fn}: params`, 'a tree of tensors, such as model.init returns', params);
      return {
        ...tidied(() => ({ params: map(tf.clone)(params) as P, optimizer: optimizer.init(params) })),
        step: 0,
        key,
      };
    },
    checked: (state, batch, options) => {
      const { donate = false } = knownOptions(fn, options, optionNames);
      if (!isTrainingState(state))
        invalidArgument(`${fn}: state`, 'a training state, as init and update return', state);
      assertFiniteData(`${fn}: batch`, batch);
      return { donate };
    },
    applied: (state, { statistics, ...parts }, gradient, donate) => {
      const { fused } = optimizer.update;
      const result = ({ params, state: moments }: Moved<P, S>) => ({
        ...{ params: writeStatistics(fn, params, statistics), moments },
        parts: parts as unknown as R,
      });
      if (fused === undefined) {
        const change = optimizer.update(gradient, state.optimizer, state.params, statistics);
        const params = zipWith((x, dx) => tf.add(x, dx))(state.params, change.updates) as P;
        return result({ params, state: change.state });
      }
      try {
        return result(fused(gradient, state.optimizer, state.params, donate));
      } catch (error) {
        // Some of it may be written over.
        if (donate) dispose([state.params, state.optimizer]);
        throw error;
      }
    },
    next: ({ step, key, epochs }, { params, moments }) => {
      const next = { params, optimizer: moments, step: step + 1, key };
      return epochs === undefined ? next : { ...next, epochs };
    },
  };
};

/**
 * A training step from a loss and an optimizer. Step `n` derives its noise from `foldIn(state.key, n)` and passes `n` to
 * the loss, so a saved state resumes as if it had never stopped. `update` leaves the old state unchanged. What the loss
 * returns as `statistics` (those of `batchNorm`, with `elbo`) takes the place of the old values in the parameters, and is not
 * among the parts.
 *
 * @throws Error if the loss is not a function or the optimizer has no `init` and `update`, or needs (as `ivon` does) another
 * temperature than the loss has; in `init` for an invalid key,
 * in `update` for a batch with NaN or infinite values (not checked on a GPU), and for statistics of another shape
 * @example
 * const step = trainStep(loss, adam({ learningRate: 1e-3 }));
 * const first = step.init(params, random.key(0));
 * const { state, parts } = step.update(first, { inputs: images, targets: labels });
 */
export const trainStep = <P, B, R extends LossParts, S>(
  loss: ((params: P, key: Key, batch: B, step: number) => R | NoLoss) | NotALoss,
  optimizer: GradientTransformation<S>,
): TrainStep<P, B, R, S> => {
  if (typeof loss !== 'function')
    return invalidArgument('trainStep: loss', 'a function of (params, key, batch)', loss, byElbo);
  const { init, checked, applied, next } = stepParts<P, R, S>('trainStep', loss, optimizer);
  const differentiated = stepGradient(loss as (params: P, key: Key, batch: B, step: number) => R);
  const moved = tidying((state: TrainingState<P, S>, batch: B, donate: boolean) => {
    const noise = foldIn(state.key, state.step);
    return applied(state, ...differentiated(state.params, noise, batch, state.step), donate);
  });
  return {
    optimizer,
    init,
    update: (state, batch, options = {}) => {
      const { donate } = checked(state, batch, options);
      const { parts, ...updated } = moved(state, batch, donate);
      if (donate) dispose([state.params, state.optimizer]);
      return { state: next(state, updated), parts };
    },
  };
};
