import * as tf from '@tensorflow/tfjs-core';
import {
  type FieldKinds,
  invalidArgument,
  isCount,
  knownFields,
  knownOptions,
  type Missing,
  nonNegativeNumber,
  numberOrSchedule,
  type OptionNames,
  positiveInteger,
  type Schedule,
  valueAt,
} from '../check/index.ts';
import type { Likelihood, NotAPrior } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import { logMeanExp } from '../distributions/specialFunctions.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { map } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import { ensembleLoss } from './ensembleLoss.ts';
import { memberFunction } from './overMembers.ts';
import { scoring } from './scoring.ts';
import type { Sampled, Stochastic, WithDivergence, WithLogProbs, WithStatistics } from './stochastic.ts';

/**
 * One batch: the network's inputs, as the tuple of its arguments or alone if the others are optional, and its targets.
 */
export interface Batch<A extends readonly unknown[], T> {
  readonly inputs: A extends readonly [infer First, ...infer Others]
    ? [] extends Others
      ? First | A
      : A
    : A;
  readonly targets: T;
  /** How much each row counts, `[rows]`: 0 as if it were missing, 2 as if it were there twice. Default 1. */
  readonly weights?: tf.Tensor;
  /**
   * Ones where a position of a row counts and zeros elsewhere, such as in the padding of a sequence:
   * `[rows, ...positions]`, the first axes of outputs and targets. By default all positions count.
   */
  readonly mask?: tf.Tensor;
  /**
   * Whether each member of an ensemble has a batch of its own: all tensors then have a leading axis of members. By default
   * all members share the batch.
   */
  readonly memberAxis?: boolean;
}

/**
 * The negative ELBO and its two terms, scalars in nats on the scale of the whole data set, and what the network's statistics
 * recorded, averaged over the weight samples.
 */
export interface ElboParts extends WithStatistics {
  /** `dataFitting + divergence`, the quantity to minimise. */
  readonly loss: tf.Tensor;
  /** `datasetSize` times the mean negative log likelihood of the batch. */
  readonly dataFitting: tf.Tensor;
  /** `temperature` times KL(posterior || prior), with a schedule its value at the step. */
  readonly divergence: tf.Tensor;
  /** The loss of a member by its number, as in `loss/0`, for an ensemble: the other parts are sums over the members. */
  readonly [member: `loss/${number}`]: tf.Tensor;
  /** The share of a variable in `divergence`, by its name, if `withDivergence` was asked for it by `perVariable`. */
  readonly [variable: `divergence/${string}`]: tf.Tensor;
}

/** A loss: a pure function of parameters, key, batch and, if it changes with it, the number of steps so far. */
export type Loss<P, A extends readonly unknown[], T, R = ElboParts> = ((
  params: P,
  key: Key,
  batch: Batch<A, T>,
  step?: number,
) => R) & {
  /** The temperature of the divergence in it, for optimizers that depend on it, such as `ivon`. */
  readonly temperature?: number | Schedule;
  /** The number of weight samples over which it averages, if it is a mean over them. */
  readonly samples?: number;
  /**
   * The same loss over the samples from `start` up to `end` alone, if it is a mean over samples: the mean of such losses, by
   * their numbers of samples, is the loss.
   */
  readonly sliceSamples?: (start: number, end: number) => Loss<P, A, T, R>;
};

/** Options of `elbo`, for a network with outputs `Y` and targets `T`. */
export interface ElboOptions<Y, T> {
  /** The distribution of the targets given the outputs. */
  readonly likelihood: NotAPrior & Likelihood<Y, T>;
  /** The number of rows in the whole training set, to which the likelihood of a batch is scaled. */
  readonly datasetSize: number;
  /**
   * Multiplies only the divergence; below 1 gives a cold posterior. Default 1. A schedule, such as
   * `schedule.linear({ from: 0, to: 1, steps: 1000 })`, anneals it; the loss then needs the step.
   */
  readonly temperature?: number | Schedule;
  /**
   * `'expected'` (default) averages the log likelihood over the weight samples, as the ELBO does.
   * `'predictive'` scores targets under the samples' predictive distribution, as torch_blue's code does.
   */
  readonly dataFitting?: 'expected' | 'predictive';
}

const optionNames: OptionNames<ElboOptions<never, never>> = {
  likelihood: true,
  datasetSize: true,
  temperature: true,
  dataFitting: true,
};

type Terms<Y> = WithLogProbs<Y> | WithDivergence<Y>;

/** The result `R` of a function that `elbo` takes; without terms, a compile error that names their source. */
export type WithTerms<R, Y> = [R] extends [Terms<Y>]
  ? R
  : [R] extends [Terms<unknown>]
    ? Terms<Y>
    : Missing<'pass the model through withLogProbs or withDivergence first'>;

const sampleCount = (f: object): number | undefined =>
  'samples' in f && typeof f.samples === 'number' ? f.samples : undefined;

/**
 * Log probabilities of that rank. The terms of a likelihood that does not sum would be averaged, and weigh too little
 * against the prior.
 *
 * @throws Error naming the function and the likelihood otherwise
 */
export const perRow = <Y>(
  likelihood: Likelihood<Y, never>,
  rank: number,
  values: tf.Tensor,
  fn = 'elbo',
): tf.Tensor =>
  values.rank === rank
    ? values
    : invalidArgument(
        `${fn}: result of the ${likelihood.name} likelihood's logProb`,
        'of shape [batch], with all other axes summed',
        values,
      );

const logLikelihood = <Y, T>(
  { likelihood, dataFitting = 'expected' }: ElboOptions<Y, T>,
  output: Y,
  targets: T,
  hasSamples: boolean,
): tf.Tensor => {
  if (!hasSamples) return perRow(likelihood, 1, likelihood.logProb(output, targets));
  const together = likelihood.predictiveLogProb;
  if (dataFitting === 'predictive' && together !== undefined) {
    return perRow(likelihood, 1, together(output, targets));
  }
  const mapped = vmap((y: Y) => likelihood.logProb(y, targets))(output as VmapArgument<Y>);
  const each = perRow(likelihood, 2, mapped);
  return dataFitting === 'predictive' ? logMeanExp(each) : each;
};

/** The divergence of one sample, a scalar, or of several, `[samples]`. */
const eachDivergence = <Y>(result: Terms<Y>): tf.Tensor =>
  'logProbs' in result ? tf.sub(result.logProbs.posterior, result.logProbs.prior) : result.divergence;

/** What was recorded, averaged over the samples. */
const meanStatistics = <Y>({ statistics }: Terms<Y>, hasSamples: boolean): WithStatistics =>
  statistics === undefined
    ? {}
    : { statistics: hasSamples ? map((x) => tf.mean(x, 0))(statistics) : statistics };

/** The divergence of each variable, on the scale of the loss. */
const variableDivergences = <Y>(
  result: Terms<Y>,
  temperature: number,
): Readonly<Record<string, tf.Tensor>> =>
  'divergences' in result && result.divergences !== undefined
    ? Object.fromEntries(
        Object.entries(result.divergences).map(([name, each]) => [
          `divergence/${name}`,
          tf.mul(temperature, tf.mean(each)),
        ]),
      )
    : {};

const checkedTerms = <Y>(result: unknown): Terms<Y> => {
  const fine =
    typeof result === 'object' &&
    result !== null &&
    'output' in result &&
    ('logProbs' in result || 'divergence' in result);
  return fine
    ? (result as Terms<Y>)
    : invalidArgument('elbo: the function', 'one made by withLogProbs or withDivergence', result);
};

const assertOptions = <Y, T>(options: ElboOptions<Y, T>): void => {
  const {
    likelihood,
    datasetSize,
    temperature = 1,
    dataFitting = 'expected',
  } = knownOptions('elbo', options, optionNames);
  assertLikelihood('elbo: likelihood', likelihood);
  positiveInteger('elbo: datasetSize', datasetSize);
  numberOrSchedule('elbo: temperature', temperature, nonNegativeNumber);
  if (dataFitting !== 'expected' && dataFitting !== 'predictive') {
    invalidArgument('elbo: dataFitting', "'expected' or 'predictive'", dataFitting);
  }
};

const temperatureAt = (temperature: number | Schedule, step: number | undefined): number => {
  if (typeof temperature === 'number') return temperature;
  return isCount(step)
    ? valueAt('elbo: temperature', temperature, step, nonNegativeNumber)
    : invalidArgument(
        'elbo: step',
        'a count of steps, as temperature is a schedule',
        step,
        'call the loss with (params, key, batch, step)',
      );
};

const batchFields: FieldKinds<Batch<[], object>> = {
  inputs: 'value',
  targets: 'value',
  weights: 'object?',
  mask: 'object?',
  memberAxis: 'boolean?',
};

/**
 * A batch, its inputs as the tuple of the network's arguments.
 *
 * @throws Error naming the function, unless it is a record with inputs and targets, and for misspelt fields
 */
export const checkedBatch = <A extends readonly unknown[], T>(
  fn: string,
  batch: Batch<A, T>,
): Omit<Batch<A, T>, 'inputs' | 'memberAxis'> & { readonly inputs: A } => {
  const given: unknown = batch;
  if (typeof given !== 'object' || given === null || !('inputs' in given && 'targets' in given))
    return invalidArgument(`${fn}: batch`, '{ inputs, targets }', given);
  const { inputs, memberAxis = false, ...others } = knownFields(`${fn}: batch`, batch, batchFields);
  if (memberAxis)
    invalidArgument(`${fn}: batch.memberAxis`, 'left out, as the model is not an ensemble', memberAxis);
  return { ...others, inputs: (Array.isArray(inputs) ? inputs : [inputs]) as unknown as A };
};

/**
 * The negative evidence lower bound, to be minimised:
 * `datasetSize * mean(-log p(target | output)) + temperature * KL(posterior || prior)`. The divergence is the Monte
 * Carlo estimate from `withLogProbs` (Blundell et al. 2015, eq. 2) or the closed form from `withDivergence`. Both
 * terms are returned with the loss, the divergence already multiplied by the temperature, and so are the `statistics` that
 * the network recorded, averaged over the weight samples. If the temperature is a schedule, the loss takes the number of
 * steps so far as its fourth argument; `trainStep` passes it. The loss carries the setting as its own `temperature`, which
 * `ivon` has to share.
 *
 * The loss of an ensemble is the sum of its members' losses, each by its own key and, if the batch has a `memberAxis`, on its
 * own batch; beside it are `loss/0`, `loss/1` and so on.
 *
 * With `weights` in a batch, the mean over its rows is the weighted one, `sum(w * -log p) / sum(w)`; with a `mask`, only
 * the positions that count are summed, for which the likelihood has to treat the positions of a row as independent, as all
 * likelihoods of this library do.
 *
 * @throws Error for an option out of range; when run, for a function without terms, a temperature out of range, a schedule
 * without a step, weights or a mask of another shape and, where they can be read without cost, for weights that are below
 * 0, not finite or all 0, or other masks than zeros and ones
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }));
 */
export function elbo<Y, T>(
  options: ElboOptions<Y, T> & { readonly dataFitting: 'predictive' },
): <P, A extends readonly unknown[], R>(f: Sampled<P, A, WithTerms<R, Y>>) => Loss<P, A, T>;
export function elbo<Y, T>(
  options: ElboOptions<Y, T>,
): <P, A extends readonly unknown[], R>(f: Stochastic<P, A, WithTerms<R, Y>>) => Loss<P, A, T>;
export function elbo<Y, T>(options: ElboOptions<Y, T>) {
  assertOptions(options);
  return <P, A extends readonly unknown[]>(f: Stochastic<P, A, unknown>): Loss<P, A, T> => {
    if (typeof f !== 'function')
      invalidArgument('elbo: the function', 'one made by withLogProbs or withDivergence', f);
    const ensemble = memberFunction(f);
    if (ensemble !== undefined) {
      const member = elbo<Y, T>(options)(ensemble.member as Stochastic<P, A, WithTerms<unknown, Y>>);
      return ensembleLoss(ensemble.members, member);
    }
    const samples = sampleCount(f);
    if (options.dataFitting === 'predictive' && samples === undefined) {
      invalidArgument("elbo: the function, with dataFitting 'predictive',", 'one made by vmapSamples', f);
    }
    const fewest = options.likelihood.fewestSamples ?? 1;
    if (options.dataFitting === 'predictive' && samples !== undefined && samples < fewest) {
      invalidArgument("elbo: samples, with dataFitting 'predictive',", `at least ${fewest}`, samples);
    }
    const { temperature: setting = 1 } = options;
    const loss = (params: P, key: Key, batch: Batch<A, T>, step?: number): ElboParts => {
      checkKey('elbo: key', key);
      const temperature = temperatureAt(setting, step);
      const { inputs, targets, ...counted } = checkedBatch('elbo', batch);
      const result = checkedTerms<Y>(f(params, key, ...inputs));
      const each = eachDivergence(result);
      const hasSamples = samples !== undefined || each.rank === 1;
      const { likelihood, mean } = scoring(options.likelihood, targets, counted);
      const logProbs = logLikelihood({ ...options, likelihood }, result.output, targets, hasSamples);
      const dataFitting = tf.mul(-options.datasetSize, mean(logProbs));
      const divergence = tf.mul(temperature, tf.mean(each));
      const total = tf.add(dataFitting, divergence);
      return {
        ...{ loss: total, dataFitting, divergence },
        ...variableDivergences(result, temperature),
        ...meanStatistics(result, hasSamples),
      };
    };
    const { sliceSamples } = f as Partial<Sampled<P, A, WithTerms<unknown, Y>>>;
    // The predictive density of the samples is not a mean over them.
    if (samples === undefined || sliceSamples === undefined || options.dataFitting === 'predictive')
      return Object.assign(tidying(loss), { temperature: setting });
    return Object.assign(tidying(loss), {
      temperature: setting,
      samples,
      sliceSamples: (start: number, end: number) => elbo<Y, T>(options)(sliceSamples(start, end)),
    });
  };
}
