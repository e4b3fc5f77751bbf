import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { drawnQuantiles } from '../distributions/drawnQuantiles.ts';
import { isSampleFold, type SampleFoldParts } from '../distributions/foldSamples.ts';
import type { Likelihood, Predictive } from '../distributions/index.ts';
import { mixtureQuantile } from '../distributions/mixtureQuantile.ts';
import { cdfFold, logProbFold, type TargetCdf } from '../distributions/targetFolds.ts';
import type { Key } from '../random/index.ts';
import { dispose, leaves, map, tidied, unflatten } from '../tree/index.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';

/**
 * Concatenates trees of tensors along the first axis.
 *
 * @example
 * concatenated([{ mean: tf.ones([2, 3]) }, { mean: tf.ones([1, 3]) }]); // { mean }, of shape [3, 3]
 */
export const concatenated = <T>(trees: readonly T[]): T => {
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

/** The outputs of a group of samples, and a key for each sample's draw of the targets. */
export interface Drawn<Y> {
  readonly outputs: Y;
  readonly keys: readonly Key[];
}

/** A fold over groups with an accumulator of its own. */
type Fold<Y, R> = SampleFoldParts<Drawn<Y>, unknown, R>;

const ofOutputs = <Y, A, R>({ zero, add, finish }: SampleFoldParts<Y, A, R>): Fold<Y, R> => ({
  zero,
  add: (known, { outputs }) => add(known as A, outputs),
  finish: (known) => finish(known as A),
});

/** A fold that holds something of all samples. */
const holding = <Y, H>(of: (drawn: Drawn<Y>) => H): Fold<Y, H> => ({
  zero: () => [],
  add: (held, drawn) => [...(held as readonly H[]), of(drawn)],
  finish: (held) => concatenated(held as readonly H[]),
});

/** The fold of a predictive distribution, which holds all outputs for a plain function of them. */
const predictiveFold = <Y>(predictive: (samples: Y) => Predictive): Fold<Y, Predictive> => {
  if (isSampleFold(predictive)) return ofOutputs(predictive);
  const all = holding(({ outputs }: Drawn<Y>) => outputs);
  return { ...all, finish: (held) => predictive(all.finish(held)) };
};

/** Several folds as one. */
const joined = <Y, R extends object>(folds: { readonly [K in keyof R]: Fold<Y, R[K]> }): Fold<Y, R> => {
  const each = <V>(f: (fold: Fold<Y, unknown>, name: string) => V): Readonly<Record<string, V>> =>
    Object.fromEntries(Object.entries<Fold<Y, unknown>>(folds).map(([name, fold]) => [name, f(fold, name)]));
  const part = (known: unknown, name: string): unknown => (known as Readonly<Record<string, unknown>>)[name];
  return {
    zero: () => each(({ zero }) => zero()),
    add: (known, drawn) => each(({ add }, name) => add(part(known, name), drawn)),
    finish: (known) => each(({ finish }, name) => finish(part(known, name))) as R,
  };
};

/** A result that owns its tensors, with intermediates disposed. */
const owned = <T>(f: () => T): T => tidied(() => map(tf.clone)(f()) as T);

/** How quantiles are found: from what is held of all samples, their outputs or a draw of each. */
export interface QuantileMethod<Y> {
  readonly hold: (drawn: Drawn<Y>) => unknown;
  readonly quantiles: (held: unknown, predictive: Predictive) => readonly tf.Tensor[];
}

/**
 * How to find quantiles under a likelihood: by its `cdf`, or else by draws of its `sample`.
 *
 * @throws Error if it has neither
 * @example
 * quantileMethod(poisson(), [0.05, 0.95]);
 */
export const quantileMethod = <Y>(
  likelihood: Likelihood<Y, never>,
  probabilities: readonly number[],
): QuantileMethod<Y> => {
  const { name, cdf, sample, discrete = false } = likelihood;
  if (cdf !== undefined)
    return {
      hold: ({ outputs }) => outputs,
      quantiles: (outputs, predictive) =>
        probabilities.map((p) => mixtureQuantile(likelihood, cdf, outputs as Y, predictive, p)),
    };
  if (sample !== undefined)
    return {
      hold: ({ outputs, keys }) =>
        vmap((key: Key, output: Y) => sample(key, output))(keys, outputs as VmapArgument<Y>),
      quantiles: (draws, { mean }) => {
        const found = drawnQuantiles(draws as tf.Tensor, probabilities, discrete);
        const wrong = found.find(({ shape }) => !sameShape(shape, mean.shape));
        return wrong === undefined
          ? found
          : invalidArgument(
              `predict: result of the ${name} likelihood's sample`,
              `of the mean's shape [${mean.shape.join(', ')}]`,
              wrong,
            );
      },
    };
  return invalidArgument(
    'predict: likelihood',
    'one with a cdf or a sample, for quantiles and interval (classes have no order)',
    name,
  );
};

/** What to predict for some rows. */
export interface RowsRequest<Y, T> {
  readonly likelihood: Likelihood<Y, T> & { readonly predictive: (samples: Y) => Predictive };
  readonly method: QuantileMethod<Y> | undefined;
  readonly logProb: T | undefined;
  readonly cdf: tf.Tensor | undefined;
}

/** The prediction for some rows, with the parts that were asked for. */
export interface RowsPrediction extends Predictive {
  readonly logProb?: tf.Tensor;
  readonly cdf?: TargetCdf;
  /** A tensor for each probability. */
  readonly each?: readonly tf.Tensor[];
}

/** The prediction for some rows as a fold over groups of samples, with an accumulator whose tensors it owns. */
export interface RowsFold<Y> {
  readonly zero: () => unknown;
  /** Adds the group that `drawn` gives, and disposes its tensors and the previous accumulator. */
  readonly add: (known: unknown, drawn: () => Drawn<Y>) => unknown;
  /** The prediction; disposes the accumulator. */
  readonly finish: (known: unknown) => RowsPrediction;
}

/**
 * The prediction for some rows, from their outputs group by group.
 *
 * @example
 * const request = { likelihood: poisson(), method: undefined, logProb: tf.ones([2, 1]), cdf: undefined };
 * const { zero, add, finish } = rowsFold(request);
 * const drawn = () => ({ outputs: tf.zeros([3, 2, 1]), keys: random.split(random.key(0), 3) });
 * finish(add(zero(), drawn)).logProb; // [-1, -1]
 */
export const rowsFold = <Y, T>({ likelihood, method, logProb, cdf }: RowsRequest<Y, T>): RowsFold<Y> => {
  const all = joined<Y, { predictive: Predictive; logProb?: tf.Tensor; cdf?: TargetCdf; held?: unknown }>({
    predictive: predictiveFold(likelihood.predictive),
    ...(logProb !== undefined && { logProb: ofOutputs(logProbFold(likelihood, logProb)) }),
    ...(cdf !== undefined &&
      likelihood.cdf !== undefined && { cdf: ofOutputs(cdfFold(likelihood, likelihood.cdf, cdf)) }),
    ...(method !== undefined && { held: holding(method.hold) }),
  });
  return {
    zero: () => owned(all.zero),
    add: (known, drawn) => {
      const after = owned(() => all.add(known, drawn()));
      dispose(known);
      return after;
    },
    finish: (known) => {
      const { predictive, held, ...others } = owned(() => all.finish(known));
      dispose(known);
      return { ...predictive, ...others, ...(method && { each: method.quantiles(held, predictive) }) };
    },
  };
};
