import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, sameShape } from '../check/index.ts';
import { checkEach, checkValues } from '../distributions/checkValues.ts';
import type { Likelihood } from '../distributions/index.ts';
import { peekValues } from '../distributions/peekValues.ts';
import { customGrad } from '../ops/customGrad.ts';
import { isRecording } from '../ops/recording.ts';
import { isTensor, leaves, map } from '../tree/index.ts';

/** How much the rows and positions of a batch count. */
export interface Counted {
  /** The weight of each row, `[rows]`. */
  readonly weights?: tf.Tensor;
  /** Ones where a position of a row counts and zeros elsewhere, `[rows, ...positions]`. */
  readonly mask?: tf.Tensor;
}

/**
 * The weights of rows, if they fit.
 *
 * @param rows the number of rows, if it is known
 * @throws Error naming the argument for another shape and, where they can be read, for weights that are below 0, not
 * finite or all 0
 * @example
 * checkWeights('elbo: weights', tf.tensor1d([1, 0, 2]), 3);
 */
export const checkWeights = (argument: string, weights: unknown, rows: number | undefined): tf.Tensor => {
  if (!isTensor(weights) || weights.rank !== 1 || (rows !== undefined && weights.shape[0] !== rows))
    return invalidArgument(argument, `a tensor of shape [${rows ?? 'rows'}]`, weights);
  checkValues(weights, (values) => {
    const bad = values.find((weight) => !(Number.isFinite(weight) && weight >= 0));
    if (bad !== undefined) invalidArgument(argument, 'finite numbers of at least 0', bad);
    if (values.length > 0 && values.every((weight) => weight === 0))
      invalidArgument(argument, 'above 0 for at least one row', [...values]);
  });
  return weights;
};

/**
 * The mask of positions, if it fits.
 *
 * @param rows the number of rows, if it is known
 * @throws Error naming the argument for another shape and, where they can be read, for values other than 0 and 1
 * @example
 * checkMask('elbo: mask', tf.tensor2d([[1, 1, 0], [1, 0, 0]]), 2);
 */
export const checkMask = (argument: string, mask: unknown, rows: number | undefined): tf.Tensor => {
  if (!isTensor(mask) || mask.rank < 2 || (rows !== undefined && mask.shape[0] !== rows)) {
    const instead = isTensor(mask) && mask.rank === 1 ? 'weights are for whole rows' : undefined;
    return invalidArgument(argument, `a tensor of shape [${rows ?? 'rows'}, ...positions]`, mask, instead);
  }
  checkEach(
    mask,
    (value) => value === 0 || value === 1,
    (bad) => invalidArgument(argument, 'zeros and ones', bad),
  );
  return mask;
};

/**
 * The output with another row in place of those that do not count: the gradient must not pass through a log density that
 * may be infinite there, since 0 times infinity is NaN.
 */
const replaced = (counts: tf.Tensor, first: tf.Tensor, axis: number) =>
  customGrad((output: tf.Tensor) => {
    const others = Array.from({ length: output.rank - axis - 1 }, () => 1);
    const condition = tf.reshape(counts, [counts.size, ...others]);
    return {
      value: tf.where(condition, output, tf.gather(output, first, axis)),
      saved: [condition],
      gradient: (dy: tf.Tensor, [chosen]: readonly tf.Tensor[]) => tf.mul(dy, tf.cast(chosen!, 'float32')),
    };
  });

/**
 * A likelihood of the rows and positions that count: the others add nothing, whatever their outputs and targets are. The
 * positions of all rows are scored as rows of their own, and summed per row.
 *
 * @param counts which rows or positions count, boolean, `[rows, ...positions]`
 */
const countingLikelihood = <Y, T>(
  likelihood: Likelihood<Y, T>,
  counts: tf.Tensor,
  name: string,
  fn: string,
): Likelihood<Y, T> => {
  const { rank, size, shape } = counts;
  const flat = tf.reshape(counts, [size]);
  const first = tf.argMax(tf.cast(tf.reshape(counts, [1, size]), 'float32'), 1);
  const source = tf.where(flat, tf.range(0, size, 1, 'int32'), first);
  /** Joins the axes of rows and positions, which stand after `axis` others. */
  const joined = (what: string, x: tf.Tensor, axis: number): tf.Tensor =>
    sameShape(x.shape.slice(axis, axis + rank), shape)
      ? tf.reshape(x, [...x.shape.slice(0, axis), size, ...x.shape.slice(axis + rank)])
      : invalidArgument(`${fn}: ${what}`, `of shape [${shape.join(', ')}, ...], as of the ${name}`, x);
  const countedTargets = (targets: T): T =>
    map((x) => (x.rank === 0 ? x : tf.gather(joined('targets', x, 0), source)))(targets) as T;
  const countedOutput = (output: Y, axis: number): Y =>
    map((x) => (x.rank === axis ? x : replaced(flat, first, axis)(joined('output', x, axis))))(output) as Y;
  const perRow = (logProb: tf.Tensor): tf.Tensor => {
    if (!sameShape(logProb.shape, [size]))
      invalidArgument(
        `${fn}: result of the ${likelihood.name} likelihood's logProb`,
        'of shape [batch], with all other axes summed',
        logProb,
      );
    const counted = tf.where(flat, logProb, tf.zerosLike(logProb));
    return rank === 1 ? counted : tf.sum(tf.reshape(counted, [shape[0]!, -1]), 1);
  };
  const { predictiveLogProb } = likelihood;
  return {
    ...likelihood,
    logProb: (output, targets) =>
      perRow(likelihood.logProb(countedOutput(output, 0), countedTargets(targets))),
    ...(predictiveLogProb && {
      predictiveLogProb: (samples: Y, targets: T) =>
        perRow(predictiveLogProb(countedOutput(samples, 1), countedTargets(targets))),
    }),
  };
};

/** Whether all rows are known to count: in a recording others than these will not. */
const areAllPositive = (weights: tf.Tensor): boolean => {
  const known = isRecording() ? [] : peekValues(weights);
  return known.length > 0 && known.every((weight) => weight > 0);
};

/** What scores a batch: the log probability of its rows, and their mean. */
export interface Scoring<Y, T> {
  readonly likelihood: Likelihood<Y, T>;
  /** The mean of log probabilities `[rows]` or `[samples, rows]`, by the weights of the rows. */
  readonly mean: (logProbs: tf.Tensor) => tf.Tensor;
}

/**
 * How a batch is scored by a likelihood in the function `fn`, given its weights and mask. A weight of 0 is as good as no row, one of 2 as the row
 * twice; a position that is masked is as good as none.
 *
 * @throws Error where `checkWeights` and `checkMask` throw and, when scoring, for a mask that is not of the output's and
 * the targets' first axes
 * @example
 * const { likelihood, mean } = scoring(categorical(), labels, { weights: tf.ones([200]) });
 */
export const scoring = <Y, T>(
  likelihood: Likelihood<Y, T>,
  targets: T,
  { weights, mask }: Counted,
  fn = 'elbo',
): Scoring<Y, T> => {
  const rows = leaves(targets)[0]?.shape[0];
  if (weights !== undefined) checkWeights(`${fn}: weights`, weights, rows);
  if (mask !== undefined) checkMask(`${fn}: mask`, mask, rows);
  const mean = (logProbs: tf.Tensor): tf.Tensor => {
    if (weights === undefined) return tf.mean(logProbs);
    const total = tf.mul(tf.sum(weights), logProbs.size / weights.size);
    return tf.div(tf.sum(tf.mul(logProbs, weights)), total);
  };
  const rowCounts = weights === undefined || areAllPositive(weights) ? undefined : tf.greater(weights, 0);
  if (mask === undefined)
    return {
      likelihood: rowCounts ? countingLikelihood(likelihood, rowCounts, 'weights', fn) : likelihood,
      mean,
    };
  const positions = tf.cast(mask, 'bool');
  const counts = rowCounts
    ? tf.logicalAnd(positions, tf.reshape(rowCounts, [-1, ...positions.shape.slice(1).map(() => 1)]))
    : positions;
  return { likelihood: countingLikelihood(likelihood, counts, 'mask', fn), mean };
};
