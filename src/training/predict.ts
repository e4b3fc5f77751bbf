import * as tf from '@tensorflow/tfjs-core';
import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import {
  byteCount,
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
} from '../check/index.ts';
import { isSampleFold } from '../distributions/foldSamples.ts';
import type { Interval, Likelihood, NotAPrior, Predictive } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import type { TargetCdf } from '../distributions/targetFolds.ts';
import type { Forward } from '../layers/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { Model } from '../transforms/index.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { tidied } from '../tree/index.ts';
import { assertFiniteData } from './assertFinite.ts';
import { type DataInputs, dataRows, type Rows, targetRows } from './dataRows.ts';
import { counted, defaultSamples, modelSampler, type Sampler } from './modelSampler.ts';
import { concatenated, quantileMethod, type RowsPrediction, rowsFold } from './rowsPrediction.ts';
import { DEFAULT_MEMORY, sampleGroup } from './sampleGroup.ts';

/** Options of `predict`, for a network with outputs `Y` and targets `T`. The other types are those of their options. */
export interface PredictOptions<
  Y,
  T = never,
  L extends T | undefined = undefined,
  C extends tf.Tensor | undefined = undefined,
  Q extends readonly number[] | undefined = undefined,
  I extends number | undefined = undefined,
> {
  /** The distribution of a target given the outputs, with a predictive distribution, such as `categorical()`. */
  readonly likelihood: NotAPrior & Likelihood<Y, T> & { readonly predictive: (samples: Y) => Predictive };
  /**
   * The number of weight samples, of each member of an ensemble; default 100, or 1 if all weights are ordinary and
   * nothing else is random.
   */
  readonly samples?: number;
  /**
   * The memory that is used for samples computed at once, as a number of bytes or text such as `'256 MB'`, which is the default
   * unless `chunk` is given. It is met roughly: by the tensors of a run on one and on two rows.
   */
  readonly memory?: number | string;
  /** The largest number of samples held in memory at once; default as many as `memory` allows. */
  readonly chunk?: number;
  /**
   * The largest number of rows predicted at once; default 1000. Each such group gets the same noise other than the
   * weights' (dropout, local reparametrization).
   */
  readonly batchSize?: number;
  /**
   * Which inputs are data, with rows on the first axis: true or false for each argument of the network, or a list or
   * record of these for its parts, as in `[true, { mask: true }]`. Parts that are not named are not data. By default the
   * first argument is data, and its first tensor sets the number of rows.
   */
  readonly data?: readonly DataInputs[];
  /** Targets with the rows of the inputs, whose log predictive probability is added to the result as `logProb`. */
  readonly logProb?: L;
  /** Targets with the rows of the inputs, at which the distribution function is added to the result as `cdf`. */
  readonly cdf?: C;
  /** Probabilities strictly between 0 and 1, whose quantiles are added to the result. */
  readonly quantiles?: Q;
  /** The probability of a central interval that is added to the result: 0.9 for that from 5 % to 95 %. */
  readonly interval?: I;
}

/** The names of the options of `predict`. */
export const predictNames: OptionNames<PredictOptions<unknown>> = {
  likelihood: true,
  samples: true,
  memory: true,
  chunk: true,
  batchSize: true,
  data: true,
  logProb: true,
  cdf: true,
  quantiles: true,
  interval: true,
};

/**
 * A part of the result that is there if its option `O` is. Without `strictNullChecks`, as in tslab, `undefined` is in every
 * type, and an option that is written counts as given.
 */
type Asked<Name extends string, O, V> = [O] extends [undefined]
  ? unknown
  : undefined extends O
    ? undefined extends string
      ? { readonly [K in Name]: V }
      : { readonly [K in Name]?: V }
    : { readonly [K in Name]: V };

/** What `predict` returns: the predictive distribution, and the parts that were asked for. */
export type Prediction<L = undefined, C = undefined, Q = undefined, I = undefined> = Predictive &
  Asked<'logProb', L, tf.Tensor> &
  Asked<'cdf', C, TargetCdf> &
  Asked<'quantiles', Q, tf.Tensor> &
  Asked<'interval', I, Interval>;

const isInside = (p: unknown): p is number => typeof p === 'number' && p > 0 && p < 1;

/** The probabilities of the quantiles that are asked for: those of `quantiles`, and the two of `interval`. */
const askedProbabilities = (fn: string, quantiles: unknown, interval: unknown): readonly number[] => {
  if (
    quantiles !== undefined &&
    !(Array.isArray(quantiles) && quantiles.length > 0 && quantiles.every(isInside))
  )
    invalidArgument(`${fn}: quantiles`, 'a list of probabilities, each above 0 and below 1', quantiles);
  if (interval !== undefined && !isInside(interval))
    invalidArgument(`${fn}: interval`, 'a probability above 0 and below 1', interval);
  const ends = isInside(interval) ? [(1 - interval) / 2, (1 + interval) / 2] : [];
  return [...((quantiles as readonly number[] | undefined) ?? []), ...ends];
};

/** Sample `s` draws its targets by key `s` of this: no sample's weights have it. */
const DRAWS = 2 ** 32 - 1;

/** The options of a function that predicts, whatever it returns for them. */
export type AnyPredictOptions<Y, T> = Omit<
  PredictOptions<Y, T, T | undefined, tf.Tensor | undefined>,
  'quantiles' | 'interval'
> & {
  readonly quantiles?: readonly number[] | undefined;
  readonly interval?: number | undefined;
};

/** Some rows of a prediction: a fold over the groups of samples, which disposes its own accumulators. */
export interface PlannedRows<F extends Forward> {
  /** The inputs with these rows: slices, and inputs that are kept whole. */
  readonly inputs: () => Parameters<F>;
  readonly zero: () => unknown;
  /** Adds the outputs of some samples, which have a leading axis. */
  readonly add: (known: unknown, those: readonly number[], outputs: () => ReturnType<F>) => unknown;
  readonly finish: (known: unknown) => RowsPrediction;
}

/** A prediction in parts, which may be computed one after another or elsewhere. */
export interface PredictionPlan<F extends Forward> {
  /** The samples in groups, in order. */
  readonly groups: readonly (readonly number[])[];
  readonly rows: readonly PlannedRows<F>[];
  /** The prediction from those of the rows. */
  readonly finish: (parts: readonly RowsPrediction[]) => unknown;
}

/**
 * Plans predictions with the options of `predict`, in the function `fn`.
 *
 * @throws Error as `predict`, naming `fn`
 */
export const predictionPlan = <P, F extends Forward, T>(
  fn: string,
  model: Model<P, F>,
  options: AnyPredictOptions<ReturnType<F>, T>,
): ((key: Key, inputs: Parameters<F>) => (sampler: Omit<Sampler<P, F>, 'outputs'>) => PredictionPlan<F>) => {
  type Y = ReturnType<F>;
  const { likelihood, chunk, batchSize = 1000, data, logProb, cdf, quantiles, interval } = options;
  const { memory = chunk === undefined ? DEFAULT_MEMORY : undefined } = options;
  assertLikelihood(`${fn}: likelihood`, likelihood);
  const { predictive } = likelihood;
  if (typeof predictive !== 'function') {
    invalidArgument(`${fn}: likelihood`, 'one with a predictive distribution', likelihood);
  }
  positiveInteger(`${fn}: batchSize`, batchSize);
  if (chunk !== undefined) positiveInteger(`${fn}: chunk`, chunk);
  const bytes = memory === undefined ? Number.POSITIVE_INFINITY : byteCount(`${fn}: memory`, memory);
  const probabilities = askedProbabilities(fn, quantiles, interval);
  const method = probabilities.length > 0 ? quantileMethod<Y>(likelihood, probabilities) : undefined;
  if (cdf !== undefined && likelihood.cdf === undefined)
    invalidArgument(`${fn}: likelihood`, 'one with a cdf, for the option cdf', likelihood.name);
  const isHeld = method !== undefined || !isSampleFold(predictive);
  const rowsIn = dataRows(data);
  return (key, inputs) => {
    checkKey(`${fn}: key`, key);
    const { rows, from, ambiguous }: Rows = rowsIn(inputs);
    const logProbAt = targetRows(`${fn}: logProb`, rows)(logProb);
    const cdfAt = targetRows(`${fn}: cdf`, rows)(cdf);
    const drawKey = foldIn(key, DRAWS);
    assertFiniteData(`${fn}: inputs`, inputs);
    if (rows > batchSize && ambiguous !== undefined) ambiguous();
    return ({ samples, params, groups: grouped = (most) => chunksOf(most)(counted(samples)) }) => {
      const group = sampleGroup<P, F>({
        ...{ model, params, key, samples, bytes, isHeld },
        most: { draws: Math.min(chunk ?? samples, samples), rows: Math.min(rows, batchSize) },
        some: (count) => from(0, count) as Parameters<F>,
        cutsRows: ambiguous === undefined,
      });
      const rowsFrom = (start: number, count: number): PlannedRows<F> => {
        const request = () => ({
          likelihood,
          method,
          logProb: logProbAt(start, count),
          cdf: cdfAt(start, count),
        });
        const fold = () => rowsFold<Y, T>(request());
        return {
          inputs: () => from(start, count) as Parameters<F>,
          zero: () => tidied(() => fold().zero()),
          add: (known, those, outputs) =>
            tidied(() =>
              fold().add(known, () => ({ outputs: outputs(), keys: those.map((s) => foldIn(drawKey, s)) })),
            ),
          finish: (known) => tidied(() => fold().finish(known)),
        };
      };
      return {
        groups: grouped(group.draws),
        rows: Array.from({ length: Math.ceil(rows / group.rows) }, (_, index) =>
          rowsFrom(index * group.rows, Math.min(group.rows, rows - index * group.rows)),
        ),
        finish: (parts) => {
          const { each = [], ...others } = concatenated(parts);
          const [lower, upper] = interval === undefined ? [] : each.slice(-2);
          return {
            ...others,
            ...(quantiles !== undefined && { quantiles: tf.stack(each.slice(0, quantiles.length)) }),
            ...(interval !== undefined && { interval: { lower, upper } }),
          };
        },
      };
    };
  };
};

/**
 * Predictions from samples of outputs, with the options of `predict`, in the function `fn`.
 *
 * @throws Error as `predict`, naming `fn`
 */
export const predictor = <P, F extends Forward, T>(
  fn: string,
  model: Model<P, F>,
  options: AnyPredictOptions<ReturnType<F>, T>,
): ((key: Key, inputs: Parameters<F>, sampler: (key: Key) => Sampler<P, F>) => unknown) => {
  const planned = predictionPlan<P, F, T>(fn, model, options);
  return (key, inputs, sampler) => {
    const plan = planned(key, inputs);
    return tidied(() => {
      const { outputs, ...from } = sampler(key);
      const { groups, rows, finish } = plan(from);
      const parts = rows.map(({ inputs, zero, add, finish }) =>
        tidied(() => {
          const some = inputs();
          return finish(
            groups.reduce((known, those) => add(known, those, () => outputs(those, some)), zero()),
          );
        }),
      );
      return finish(parts);
    });
  };
};

/**
 * The predictive distribution of a model: the mean over weight samples and its uncertainty, split into aleatoric (noise
 * in the data) and epistemic (not learned by the model). All rows share the same weight samples: sample `s` is that of
 * `foldIn(key, s)`. For an ensemble it is the mixture of the members: the mean over the samples of all of them, those of
 * member `m` by the key `foldIn(key, m)`, and what the members disagree on is epistemic.
 *
 * Memory is limited to some samples of `batchSize` rows, however many samples there are: to `chunk`, or as many as `memory`
 * allows, and fewer rows if it does not allow one. If their outputs have more than 2^24 elements (1000 rows of 10,000
 * classes), fewer samples, or fewer rows, are computed at once; the result is the same up to rounding. A custom likelihood
 * has the same limit if its `predictive` is made by `foldSamples`; for a plain function, the outputs of all samples are held,
 * for fewer rows at once.
 *
 * For `categorical()`, `mean` holds class probabilities `[rows, classes]`, and uncertainties are entropies in nats
 * `[rows]`. For `bernoulli()`, `mean` holds probabilities `[rows, outputs]`, and uncertainties are entropies of the same
 * shape. For `gaussian(...)` and `poisson()`, `mean` is `[rows, outputs]`, and uncertainties are variances of that shape.
 *
 * Ask for more by these options:
 * - `logProb: targets` adds `logProb` `[rows]`, the log of the mean over samples of each row's probability (or density, of
 *   all outputs jointly), in nats; `logScore` is its negative mean.
 * - `cdf: targets` adds `cdf`, the probability of a value of at most the target, `[rows, outputs]`, for `pit`.
 * - `quantiles: [0.05, 0.95]` adds `quantiles` `[probabilities, rows, outputs]`, those of the mixture of all samples'
 *   distributions, noise included.
 * - `interval: 0.9` adds `interval`, a record of the `lower` and `upper` ends of the central interval, `[rows, outputs]`.
 *
 * Quantiles and interval hold the outputs of all samples, for at most `batchSize` rows at once, and have no gradient. They
 * and `cdf` need a likelihood with a `cdf`, such as `gaussian` and `poisson`. One with only a `sample` gives quantiles of
 * one draw for each sample; draws are noise like dropout's, as for `batchSize`.
 *
 * The first argument's tensors are data, or those marked by `data`; other inputs are passed to the network whole. If there
 * are more rows than `batchSize` and another tensor has the same number of rows, `data` is required to say whether it is
 * data.
 *
 * @throws Error for an unknown option, a count that is not a positive integer, a probability that is not between 0 and 1,
 * a likelihood without a predictive distribution or without what an option needs, inputs with NaN or infinite values (not
 * checked on a GPU), inputs that may or may not be data, `data` that does not fit the inputs, or targets with other rows
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 100 });
 * const { mean, uncertainty } = run(params, random.key(1), testImages);
 *
 * const likelihood = gaussian({ std: 0.1 });
 * const withInterval = predict(model, { likelihood, interval: 0.9 });
 * const { interval } = withInterval(params, random.key(1), testImages);
 */
export const predict = <
  P,
  F extends Forward,
  T,
  L extends T | undefined = undefined,
  C extends tf.Tensor | undefined = undefined,
  Q extends readonly number[] | undefined = undefined,
  I extends number | undefined = undefined,
>(
  model: Model<P, F> | NotBayesian,
  options: PredictOptions<ReturnType<F>, T, L, C, Q, I>,
): ((params: P, key: Key, ...inputs: Parameters<F>) => Prediction<L, C, Q, I>) => {
  const checked = checkedModel('predict: model', model);
  const { samples = defaultSamples(checked, options) } = knownOptions('predict', options, predictNames);
  positiveInteger('predict: samples', samples);
  const predicted = predictor<P, F, T>('predict', checked, options);
  const sampler = modelSampler(checked, samples);
  return (params, key, ...inputs) =>
    predicted(key, inputs, () => sampler(params, key)) as Prediction<L, C, Q, I>;
};
