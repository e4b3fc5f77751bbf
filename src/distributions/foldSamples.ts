import { invalidArgument } from '../check/index.ts';
import { tidied } from '../tree/index.ts';
import type { Predictive } from './likelihood.ts';

/**
 * How samples are summed up group by group: outputs `Y` have a leading axis of the group's samples, and `A`, what is known
 * of all groups so far, is a tree of tensors and numbers.
 */
export interface SampleFoldParts<Y, A> {
  /** What is known before the first group; makes its tensors anew. */
  readonly zero: () => A;
  /** What is known with one group more. The old tree is disposed by whoever calls. */
  readonly add: (known: A, samples: Y) => A;
  /** What all samples say together. */
  readonly finish: (known: A) => Predictive;
}

/**
 * The predictive distribution from the outputs of all samples, as a function of them and as a fold over groups of them:
 * what is known so far is all that is kept from one group to the next.
 */
export interface SampleFold<in Y> extends SampleFoldParts<Y, unknown> {
  (samples: Y): Predictive;
}

const names = ['zero', 'add', 'finish'] as const;

/**
 * Makes the `predictive` of a likelihood of a fold over groups of samples, so that `predict` needs the memory of one group
 * however many samples there are. `sampleMoments` has the parts of a fold for means and variances. The result takes all
 * samples at once too.
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
 *       const [mean, epistemic] = [sampleMoments.mean(moments), sampleMoments.variance(moments)];
 *       const aleatoric = tf.fill(mean.shape, 2);
 *       return { mean, uncertainty: { total: tf.add(aleatoric, epistemic), aleatoric, epistemic } };
 *     },
 *   }),
 * });
 * const { mean, uncertainty } = laplaceNoise.predictive(tf.tensor3d([1, 3], [2, 1, 1]));
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
 * Whether a predictive distribution is a fold, or a function of all samples alone.
 *
 * @example
 * isSampleFold(categorical().predictive); // true
 */
export const isSampleFold = <Y>(predictive: (samples: Y) => Predictive): predictive is SampleFold<Y> =>
  names.every((name) => name in predictive);
