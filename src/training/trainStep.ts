import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, tag } from '../check/index.ts';
import { isGradientTransformation, writeStatistics } from '../optimizers/gradientTransformation.ts';
import type { GradientTransformation, Requirements } from '../optimizers/index.ts';
import { isTrainingState, type TrainingState } from '../optimizers/trainingState.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { type LossParts, valueAndGrad } from '../transforms/index.ts';
import { dispose, leaves, map, tidied, zipWith } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import { assertFiniteData } from './assertFinite.ts';

/** Options of the `update` of a training step. */
export interface UpdateOptions {
  /** Dispose the old state, which must not be used again; default false. */
  readonly donate?: boolean;
}

const optionNames: OptionNames<UpdateOptions> = { donate: true };

/** An update that depends on the temperature of the loss would be wrong, in silence, for another one. */
const assertTemperature = (loss: object, { temperature }: Requirements): void => {
  if (temperature === undefined) return;
  const own: unknown = 'temperature' in loss ? loss.temperature : undefined;
  if (own !== temperature)
    invalidArgument(
      'trainStep: temperature of the loss',
      typeof temperature === 'number'
        ? `${temperature}, as that of the optimizer`
        : 'the schedule that the optimizer has',
      own,
      own === undefined ? 'give a loss of your own one with Object.assign(loss, { temperature })' : undefined,
    );
};

/** One step of training, as a pair of pure functions. */
export interface TrainStep<P, B, R, S> {
  readonly optimizer: GradientTransformation<S>;
  /** The state before the first step. It copies the parameters, which the caller keeps. */
  readonly init: (params: P, key: Key) => TrainingState<P, S>;
  /** The state after one update on a batch, and the parts of the loss before it. */
  readonly update: (
    state: TrainingState<P, S>,
    batch: B,
    options?: UpdateOptions,
  ) => { readonly state: TrainingState<P, S>; readonly parts: R };
}

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
  loss: (params: P, key: Key, batch: B, step: number) => R,
  optimizer: GradientTransformation<S>,
): TrainStep<P, B, R, S> => {
  if (typeof loss !== 'function')
    invalidArgument('trainStep: loss', 'a function of (params, key, batch)', loss);
  if (!isGradientTransformation(optimizer)) {
    invalidArgument('trainStep: optimizer', 'one such as adam({ learningRate: 1e-3 })', optimizer);
  }
  assertTemperature(loss, optimizer);
  const differentiated = valueAndGrad(loss);
  const moved = tidying((state: TrainingState<P, S>, batch: B) => {
    const noise = foldIn(state.key, state.step);
    const [{ statistics, ...parts }, gradient] = differentiated(state.params, noise, batch, state.step);
    const change = optimizer.update(gradient, state.optimizer, state.params, statistics);
    const moved = zipWith((x, dx) => tf.add(x, dx))(state.params, change.updates) as P;
    const params = writeStatistics('trainStep', moved, statistics);
    return { params, moments: change.state, parts: parts as Omit<R, 'statistics'> as R };
  });
  return {
    optimizer,
    init: (params, key) => {
      checkKey('trainStep: key', key);
      if (tag(params) !== undefined || leaves(params).length === 0)
        invalidArgument('trainStep: params', 'a tree of tensors, such as model.init returns', params);
      return {
        ...tidied(() => ({ params: map(tf.clone)(params) as P, optimizer: optimizer.init(params) })),
        step: 0,
        key,
      };
    },
    update: (state, batch, options = {}) => {
      const { donate = false } = knownOptions('trainStep', options, optionNames);
      if (!isTrainingState(state))
        invalidArgument('trainStep: state', 'a training state, as init and update return', state);
      assertFiniteData('trainStep: batch', batch);
      const { params, moments, parts } = moved(state, batch);
      if (donate) dispose([state.params, state.optimizer]);
      const { step, key, epochs } = state;
      const next = { params, optimizer: moments, step: step + 1, key };
      return { state: epochs === undefined ? next : { ...next, epochs }, parts };
    },
  };
};
