import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { type VmapArgument, vmap } from '../vmap/index.ts';
import type { SampleFoldParts } from './foldSamples.ts';
import type { Likelihood } from './likelihood.ts';
import { merged } from './sampleMoments.ts';
import { logMeanExp } from './specialFunctions.ts';

/** The predictive distribution function at given targets. */
export interface TargetCdf {
  /** The probability of a value of at most the target, `[rows, outputs]`. */
  readonly atMost: tf.Tensor;
  /** For counts, the probability of a value below the target, `[rows, outputs]`; elsewhere it is the same. */
  readonly below?: tf.Tensor;
}

/** Summaries of the samples so far, each over `count` of them; empty before the first. */
interface Summaries {
  readonly count: number;
  readonly values: readonly tf.Tensor[];
}

/** Merges a summary of some samples with one of others, which are the fraction `share` of both. */
type Merge = (first: tf.Tensor, second: tf.Tensor, share: number) => tf.Tensor;

/** A fold of summaries. `of` gives each group's, with a sample axis, which `mean` takes the mean over. */
const summarized = <Y, R>(
  of: (samples: Y) => readonly tf.Tensor[],
  mean: (each: tf.Tensor) => tf.Tensor,
  merge: Merge,
  finish: (values: readonly tf.Tensor[]) => R,
): SampleFoldParts<Y, Summaries, R> => ({
  zero: () => ({ count: 0, values: [] }),
  add: (known, samples) => {
    const each = of(samples);
    const size = each[0]?.shape[0] ?? 0;
    const count = known.count + size;
    const own = each.map(mean);
    return {
      count,
      values: own.map((value, i) => {
        const before = known.values[i];
        return before === undefined ? value : merge(before, value, size / count);
      }),
    };
  },
  finish: ({ values }) => finish(values),
});

const mergedLogs: Merge = (first, second, share) =>
  tf.add(
    logMeanExp(tf.stack([tf.add(first, Math.log(1 - share)), tf.add(second, Math.log(share))])),
    Math.LN2,
  );

/**
 * A fold for the log of the mean probability of each row's targets over the samples, `[rows]`.
 *
 * @throws Error in `add` if the likelihood's `logProb` is not one number for each row
 * @example
 * const { zero, add, finish } = logProbFold(gaussian({ std: 1 }), tf.zeros([2, 1]));
 * finish(add(zero(), tf.ones([5, 2, 1]))); // [-1.419, -1.419]
 */
export const logProbFold = <Y, T>(
  likelihood: Likelihood<Y, T>,
  targets: T,
): SampleFoldParts<Y, Summaries, tf.Tensor> =>
  summarized(
    (samples: Y) => {
      const each = vmap((output: Y) => likelihood.logProb(output, targets))(samples as VmapArgument<Y>);
      if (each.rank !== 2)
        invalidArgument(
          `predict: result of the ${likelihood.name} likelihood's logProb`,
          'of shape [batch], with all other axes summed',
          each,
        );
      return [each];
    },
    logMeanExp,
    mergedLogs,
    ([logProb]) => logProb as tf.Tensor,
  );

/** A `cdf` or `survival` of a likelihood. */
export type Cdf<in Y> = (output: Y, value: tf.Tensor) => tf.Tensor;

/**
 * A distribution function of each sample at the same values, with a leading sample axis.
 *
 * @throws Error naming the likelihood if the result is not of the values' shape
 * @example
 * cdfOfEach('gaussian', gaussian({ std: 1 }).cdf)(tf.zeros([5, 2, 1]), tf.zeros([2, 1])); // [5, 2, 1], of 0.5
 */
export const cdfOfEach =
  <Y>(name: string, cdf: Cdf<Y>) =>
  (samples: Y, value: tf.Tensor): tf.Tensor => {
    const each = vmap((output: Y) => cdf(output, value))(samples as VmapArgument<Y>);
    return sameShape(each.shape.slice(1), value.shape)
      ? each
      : invalidArgument(
          `predict: result of the ${name} likelihood's cdf, for each sample,`,
          `of the targets' shape [${value.shape.join(', ')}]`,
          each,
        );
  };

/**
 * A fold for the predictive distribution function at each row's targets.
 *
 * @throws Error in `add` if the `cdf` is not of the targets' shape
 * @example
 * const { zero, add, finish } = cdfFold(gaussian({ std: 1 }), gaussian({ std: 1 }).cdf, tf.zeros([2, 1]));
 * finish(add(zero(), tf.zeros([5, 2, 1]))).atMost; // [[0.5], [0.5]]
 */
export const cdfFold = <Y>(
  { name, discrete = false }: Pick<Likelihood<Y, never>, 'name' | 'discrete'>,
  cdf: Cdf<Y>,
  targets: tf.Tensor,
): SampleFoldParts<Y, Summaries, TargetCdf> => {
  const each = cdfOfEach(name, cdf);
  return summarized(
    (samples: Y) => [
      each(samples, targets),
      ...(discrete ? [each(samples, tf.sub(tf.cast(targets, 'float32'), 1))] : []),
    ],
    (values) => tf.mean(values, 0),
    merged,
    ([atMost, below]) => ({ atMost: atMost as tf.Tensor, ...(below && { below }) }),
  );
};
