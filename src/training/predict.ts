import * as tf from '@tensorflow/tfjs-core';
import { chunksOf } from 'fp-ts/lib/ReadonlyArray.js';
import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { isSampleFold, type SampleFoldParts } from '../distributions/foldSamples.ts';
import type { Likelihood, Predictive } from '../distributions/index.ts';
import { assertLikelihood } from '../distributions/likelihood.ts';
import type { Forward } from '../layers/index.ts';
import { foldIn, type Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import type { Model } from '../transforms/index.ts';
import { withEstimator } from '../transforms/model.ts';
import { checkedModel, type NotBayesian } from '../transforms/modelArgument.ts';
import { dispose, leaves, map, tidied, unflatten } from '../tree/index.ts';
import { vmap } from '../vmap/index.ts';
import { assertFiniteData } from './assertFinite.ts';
import { type DataInputs, dataRows, type Rows } from './dataRows.ts';

/** Options of `predict`, for a network with outputs `Y`. */
export interface PredictOptions<Y> {
  /** The distribution of a target given the outputs, with a predictive distribution, such as `categorical()`. */
  readonly likelihood: Likelihood<Y, never> & { readonly predictive: (samples: Y) => Predictive };
  /** The number of weight samples; default 100. */
  readonly samples?: number;
  /** The largest number of samples held in memory at once; default 10. */
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
}

const names: OptionNames<PredictOptions<unknown>> = {
  likelihood: true,
  samples: true,
  chunk: true,
  batchSize: true,
  data: true,
};

/** The largest number of output elements computed at once: 64 MB. */
const MAX_OUTPUTS = 2 ** 24;

/** Concatenates trees of tensors along the first axis. */
const concatenated = <T>(trees: readonly T[]): T => {
  const [first, ...others] = trees;
  if (others.length === 0) return first as T;
  const columns = trees.map(leaves);
  return unflatten(first as T)(
    leaves(first).map((_, i) =>
      tf.concat(
        columns.map((each) => each[i] as tf.Tensor),
        0,
      ),
    ),
  );
};

/** A fold that holds all outputs, for a predictive distribution that is a plain function of them. */
const holdingAll = <Y>(predictive: (samples: Y) => Predictive): SampleFoldParts<Y, readonly Y[]> => ({
  zero: () => [],
  add: (held, samples) => [...held, samples],
  finish: (held) => predictive(concatenated(held)),
});

/** A result that owns its tensors, with intermediates disposed. */
const owned = <T>(f: () => T): T => tidied(() => map(tf.clone)(f()) as T);

/** Folds groups of samples one after another, and disposes the previous accumulator. */
const folding =
  <Y, A>({ zero, add, finish }: SampleFoldParts<Y, A>) =>
  <G>(groups: readonly G[], outputs: (group: G) => Y): Predictive => {
    const known = groups.reduce<A>((before, group) => {
      const after = owned(() => add(before, outputs(group)));
      dispose(before);
      return after;
    }, owned(zero));
    const result = owned(() => finish(known));
    dispose(known);
    return result;
  };

/**
 * The number of output elements of one sample for one row, from a run with weights of 0. `undefined` if it throws: the
 * run on all rows then reports what is wrong with the arguments.
 */
const outputSize = <P, F extends Forward>(
  model: Model<P, F>,
  params: P,
  key: Key,
  oneRow: Parameters<F>,
): number | undefined => {
  const zeros = withEstimator('predict: model', model, {
    name: 'predict',
    handler: () => ({ weight: ({ shape }) => tf.fill([...shape], 0), key: () => null }),
  });
  try {
    return tf.tidy(() =>
      leaves(zeros.apply(params, key, ...oneRow)).reduce((sum, { size }) => sum + size, 0),
    );
  } catch {
    return undefined;
  }
};

/** How many samples and rows are computed at once. */
interface Group {
  readonly draws: number;
  readonly rows: number;
}

/** The requested group, or one with fewer samples, and only then fewer rows, to limit its outputs. */
const limited = ({ draws, rows }: Group, size: number, fewestDraws: number): Group => {
  const fewer = Math.max(fewestDraws, Math.min(draws, Math.floor(MAX_OUTPUTS / (rows * size))));
  return { draws: fewer, rows: Math.max(1, Math.min(rows, Math.floor(MAX_OUTPUTS / (fewer * size)))) };
};

/**
 * The predictive distribution of a model: the mean over weight samples and its uncertainty, split into aleatoric (noise
 * in the data) and epistemic (not learned by the model). All rows share the same weight samples: sample `s` is that of
 * `foldIn(key, s)`.
 *
 * Memory is limited to `chunk` samples of `batchSize` rows, however many samples there are. If their outputs have more
 * than 2^24 elements (1000 rows of 10,000 classes), fewer samples, or fewer rows, are computed at once; the result is the
 * same up to rounding. A custom likelihood has the same limit if its `predictive` is made by `foldSamples`; for a plain
 * function, the outputs of all samples are held, for fewer rows at once.
 *
 * For `categorical()`, `mean` holds class probabilities `[rows, classes]`, and uncertainties are entropies in nats
 * `[rows]`. For `bernoulli()`, `mean` holds probabilities `[rows, outputs]`, and uncertainties are entropies of the same
 * shape. For `gaussian(...)` and `poisson()`, `mean` is `[rows, outputs]`, and uncertainties are variances of that shape.
 *
 * The first argument's tensors are data, or those marked by `data`; other inputs are passed to the network whole. If there
 * are more rows than `batchSize` and another tensor has the same number of rows, `data` is required to say whether it is
 * data.
 *
 * @throws Error for an unknown option, a count that is not a positive integer, a likelihood without a predictive
 * distribution, inputs with NaN or infinite values (not checked on a GPU), inputs that may or may not be data, or `data`
 * that does not fit the inputs
 * @example
 * const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 100 })(
 *   params, random.key(1), testImages);
 */
export const predict = <P, F extends Forward>(
  model: Model<P, F> | NotBayesian,
  options: PredictOptions<ReturnType<F>>,
): ((params: P, key: Key, ...inputs: Parameters<F>) => Predictive) => {
  type Y = ReturnType<F>;
  const checked = checkedModel('predict: model', model);
  const {
    likelihood,
    samples = 100,
    chunk = 10,
    batchSize = 1000,
    data,
  } = knownOptions('predict', options, names);
  assertLikelihood('predict: likelihood', likelihood);
  const { predictive } = likelihood;
  if (typeof predictive !== 'function') {
    invalidArgument('predict: likelihood', 'one with a predictive distribution', likelihood);
  }
  positiveInteger('predict: samples', samples);
  positiveInteger('predict: batchSize', batchSize);
  const draws = Math.min(positiveInteger('predict: chunk', chunk), samples);
  const isFold = isSampleFold(predictive);
  const fold = folding<Y, unknown>(
    isFold ? predictive : (holdingAll(predictive) as SampleFoldParts<Y, unknown>),
  );
  const rowsIn = dataRows(data);
  return (params, key, ...inputs) => {
    checkKey('predict: key', key);
    const { rows, from, ambiguous }: Rows = rowsIn(inputs);
    assertFiniteData('predict: inputs', inputs);
    if (rows > batchSize && ambiguous !== undefined) ambiguous();
    return tidied(() => {
      const requested = { draws, rows: Math.min(rows, batchSize) };
      const size = outputSize(checked, params, key, from(0, 1) as Parameters<F>);
      const found =
        size === undefined ? requested : limited(requested, Math.max(size, 1), isFold ? 1 : samples);
      const group = { draws: Math.min(found.draws, draws), rows: ambiguous ? requested.rows : found.rows };
      const keys = chunksOf(group.draws)(Array.from({ length: samples }, (_, s) => foldIn(key, s)));
      const parts = Array.from({ length: Math.ceil(rows / group.rows) }, (_, index) => {
        const start = index * group.rows;
        const some = from(start, Math.min(group.rows, rows - start)) as Parameters<F>;
        return tidied(() =>
          fold(
            keys,
            (those) => vmap((one: Key) => checked.apply(params, one, ...some), { inAxes: [0] })(those) as Y,
          ),
        );
      });
      return concatenated(parts);
    });
  };
};
