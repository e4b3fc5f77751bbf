import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  type Missing,
  sameShape,
  tag,
} from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { isTensor } from '../tree/index.ts';

/**
 * How uncertain a prediction is, split by cause; `total = aleatoric + epistemic`, element by element.
 *
 * `categorical` gives entropies in nats of shape `[batch]`, `bernoulli` of shape `[batch, outputs]`; `gaussian` and
 * `poisson` give variances of shape `[batch, outputs]`, in squared units of the target.
 */
export interface Uncertainty {
  readonly total: Tensor;
  /** Noise in the data, which more training data would not remove. */
  readonly aleatoric: Tensor;
  /** What the model has not learned: disagreement between the weight samples. */
  readonly epistemic: Tensor;
}

/** The predictive distribution of a network's sampled outputs. */
export interface Predictive {
  /** Class probabilities `[batch, classes]`, or expected values `[batch, outputs]`. */
  readonly mean: Tensor;
  readonly uncertainty: Uncertainty;
}

/** Where targets are to be expected: between two ends, tensors of the targets' shape. */
export interface Interval {
  readonly lower: Tensor;
  readonly upper: Tensor;
}

/**
 * The distribution of a target given the network's output.
 *
 * `Y` is the network's output for one weight sample, a tensor or a tree of them; `T` the target.
 */
export interface Likelihood<in Y, in T = Tensor> {
  readonly _tag: 'Likelihood';
  readonly name: string;
  /** The log probability of each row of the batch, `[batch]`, in nats: all other axes are summed. */
  readonly logProb: (output: Y, target: T) => Tensor;
  /**
   * The predictive distribution from outputs with a leading sample axis. If made by `foldSamples`, `predict` holds one
   * group of samples at a time; for a plain function it holds the outputs of all of them.
   */
  readonly predictive?: (samples: Y) => Predictive;
  /**
   * The log probability of each row under a distribution fitted to all samples at once, `[batch]`. If missing, the
   * `'predictive'` data fitting uses the log of the mean probability over the samples.
   */
  readonly predictiveLogProb?: (samples: Y, target: T) => Tensor;
  /** The minimum number of samples for `predictiveLogProb`; default 1. */
  readonly fewestSamples?: number;
  /**
   * The probability that a target is at most `value`, element by element; `value` and result `[batch, outputs]`, the
   * targets' shape. `predict` needs it for `cdf`. It also finds quantiles by it, which needs a `predictive` whose `mean`
   * and `uncertainty.total` are the mean and the variance of a target.
   */
  readonly cdf?: (output: Y, value: Tensor) => Tensor;
  /** `1 - cdf` without its rounding, which keeps the precision of quantiles near 1. */
  readonly survival?: (output: Y, value: Tensor) => Tensor;
  /** Whether targets are integers, as those of `poisson()` are; default false. Quantiles are then integers, too. */
  readonly discrete?: boolean;
  /**
   * A draw of the targets, `[batch, outputs]`. Without a `cdf`, `predict` takes the quantiles of such draws, one for each
   * weight sample.
   */
  readonly sample?: (key: Key, output: Y) => Tensor;
}

const kinds: FieldKinds<Omit<Likelihood<never>, '_tag'>> = {
  name: 'string',
  logProb: 'function',
  predictive: 'function?',
  predictiveLogProb: 'function?',
  fewestSamples: 'number?',
  cdf: 'function?',
  survival: 'function?',
  discrete: 'boolean?',
  sample: 'function?',
};

/** `T`, not inferred from the contextual type of the result: that has a tag, which the functions lack. */
type Given<T> = [T][T extends unknown ? 0 : never];

/**
 * Makes a likelihood from a log probability. `predict` also needs `predictive`, which `foldSamples` makes, and for
 * quantiles a `cdf` or a `sample`. Extra fields are kept.
 *
 * @throws Error for a field that is missing, of the wrong kind or misspelt
 * @example
 * const laplaceNoise = likelihood({
 *   name: 'laplaceNoise',
 *   logProb: (output: tf.Tensor, target: tf.Tensor) =>
 *     tf.sum(tf.sub(-Math.LN2, tf.abs(tf.sub(output, target))), -1),
 *   cdf: (output: tf.Tensor, value: tf.Tensor) => {
 *     const tail = tf.mul(0.5, tf.exp(tf.neg(tf.abs(tf.sub(value, output)))));
 *     return tf.where(tf.less(value, output), tail, tf.sub(1, tail));
 *   },
 * });
 */
export const likelihood = <Y, T, L extends Omit<Likelihood<Y, T>, '_tag'> = Omit<Likelihood<Y, T>, '_tag'>>(
  functions: L & Omit<Likelihood<Y, T>, '_tag'>,
): Given<L> & Likelihood<Y, T> =>
  ({ _tag: 'Likelihood', ...knownFields('likelihood', { ...functions }, kinds) }) as Given<L> &
    Likelihood<Y, T>;

type PassALikelihood = Missing<'pass a likelihood, such as gaussian() or categorical()'>;

/** Beside a likelihood in options: a prior in its place, such as `normal()` or `flat()`, gives a compile error with a hint. */
export interface NotAPrior {
  readonly prior?: PassALikelihood;
  readonly rescale?: PassALikelihood;
}

/**
 * Rejects a value that is not a likelihood.
 *
 * @throws Error naming the argument
 * @example
 * assertLikelihood('elbo: likelihood', categorical());
 */
export const assertLikelihood = (argument: string, value: unknown): void => {
  if (tag(value) !== 'Likelihood') {
    invalidArgument(argument, 'a likelihood, such as categorical() or gaussian({ std: 0.1 })', value);
  }
};

/**
 * Sums all axes but the first, the batch: `[batch, ...]` to `[batch]`; a scalar stays one.
 *
 * @example
 * sumPerRow(tf.ones([2, 3, 4])); // [12, 12]
 */
export const sumPerRow = (x: tf.Tensor): tf.Tensor =>
  x.rank < 2
    ? x
    : tf.sum(
        x,
        Array.from({ length: x.rank - 1 }, (_, axis) => axis + 1),
      );

/** A hint for targets that lack the axis of a single output. */
const hint = (output: Tensor, target: unknown): string | undefined => {
  const rows = output.shape.slice(0, -1);
  return isTensor(target) && output.shape.at(-1) === 1 && output.rank > 1 && sameShape(target.shape, rows)
    ? 'tf.expandDims(targets, -1) turns them into a column'
    : undefined;
};

/**
 * The target, if it is a tensor of the output's shape: one that broadcasts would be scored against every row.
 *
 * @throws Error naming the likelihood otherwise
 * @example
 * checkTarget('poisson', tf.zeros([2, 1]), tf.ones([2, 1]));
 */
export const checkTarget = (name: string, output: Tensor, target: Tensor): Tensor => {
  if (!isTensor(output)) return invalidArgument(`${name}: output`, 'a tensor', output);
  return isTensor(target) && sameShape(output.shape, target.shape)
    ? target
    : invalidArgument(
        `${name}: targets`,
        `of the output's shape [${output.shape.join(', ')}]`,
        target,
        hint(output, target),
      );
};
