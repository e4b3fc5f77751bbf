import { invalidArgument } from '../check/index.ts';
import { tidied } from '../tree/index.ts';
import type { Predictive } from './likelihood.ts';

/**
 * How samples are accumulated group by group. Outputs `Y` have a leading axis of the group's samples; the accumulator `A`
 * is a tree of tensors and numbers, the result `R` a predictive distribution or another summary.
 */
export interface SampleFoldParts<Y, A, R = Predictive> {
  /** The initial accumulator; allocates new tensors on each call. */
  readonly zero: () => A;
  /** The accumulator with one more group. The caller disposes the old one. */
  readonly add: (state: A, samples: Y) => A;
  /** The result for all samples. */
  readonly finish: (state: A) => R;
}

/**
 * The predictive distribution from the outputs of all samples, both as a function of them and as a fold over groups, which
 * keeps only the accumulator from one group to the next.
 */
export interface SampleFold<in Y> extends SampleFoldParts<Y, unknown> {
  (samples: Y): Predictive;
}

const names = ['zero', 'add', 'finish'] as const;

/**
 * Makes the `predictive` of a likelihood from a fold over groups of samples, so that `predict` needs the memory of one
 * group, however many samples there are. `sampleMoments` provides the parts of a fold for means and variances. The result
 * also takes all samples at once.
 *
 * @throws Error if `zero`, `add` or `finish` is not a function
 * @example
 * const laplaceNoise = likelihood({
 *   name: 'laplaceNoise',
 *   logProb: (output: tf.Tensor, target: tf.Tensor) =>
 *     tf.sum(tf.sub(-Math.LN2, tf.abs(tf.sub(output, target))), -1),
 *   predictive: foldSamples({
 *     ...sampleMoments,
 *     finish: (moments) => {
 *       const mean = sampleMoments.mean(moments);
 *       const epistemic = sampleMoments.variance(moments);
 *       const aleatoric = tf.fill(mean.shape, 2);
 *       const total = tf.add(aleatoric, epistemic);
 *       return { mean, uncertainty: { total, aleatoric, epistemic } };
 *     },
 *   }),
 * });
 * const outputs = tf.tensor3d([1, 3], [2, 1, 1]); // two samples of one output
 * const { mean, uncertainty } = laplaceNoise.predictive(outputs);
 * console.log(mean.dataSync()[0], uncertainty.total.dataSync()[0]); // 2 3
 */
export const foldSamples = <Y, A>(parts: SampleFoldParts<Y, A>): SampleFold<Y> => {
  for (const name of names) {
    if (typeof parts?.[name] !== 'function')
      invalidArgument(`foldSamples: ${name}`, 'a function', parts?.[name]);
  }
  const { zero, add, finish } = parts;
  const all = (samples: Y): Predictive => tidied(() => finish(add(zero(), samples)));
  return Object.assign(all, { zero, add, finish } as SampleFoldParts<Y, unknown>);
};

/**
 * Whether a predictive distribution is a fold, and not just a function of all samples.
 *
 * @example
 * isSampleFold(categorical().predictive); // true
 */
export const isSampleFold = <Y>(predictive: (samples: Y) => Predictive): predictive is SampleFold<Y> =>
  names.every((name) => name in predictive);
