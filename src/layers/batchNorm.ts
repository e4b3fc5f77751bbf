import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions, positiveInteger } from '../check/index.ts';
import { type NormTensors, normalizeGroups } from '../ops/groupNorm.ts';
import { moments } from '../ops/moments.ts';
import { isTensor } from '../tree/index.ts';
import { layer } from './core/layer.ts';
import type { Layer, Only, Recorder, StatisticSlot, Unary, VariableOptions, WithNamed } from './core/part.ts';
import { statistic } from './core/variable.ts';
import { checkedEps, type NormWeights, normSpec } from './normalization.ts';

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** The share of a batch in the running moments, from 0 to 1; default 0.1. */
  readonly momentum?: number;
  /** Whether to multiply each channel by a weight and add a bias; default true. */
  readonly affine?: boolean;
  /** Options of the weight only; with a posterior it is Bayesian, not ordinary. */
  readonly weight?: VariableOptions;
  /** Options of the bias only. */
  readonly bias?: VariableOptions;
}

const optionNames: OptionNames<BatchNormOptions> = {
  eps: true,
  momentum: true,
  affine: true,
  weight: true,
  bias: true,
};

/** The running moments of `batchNorm`, tensors `[features]` in the parameters. */
export interface RunningMoments {
  readonly runningMean: StatisticSlot;
  readonly runningVar: StatisticSlot;
}

/** The weights of a batch normalization with given options. */
export type BatchNormWeightsOf<O> = O extends { readonly affine: false }
  ? RunningMoments
  : WithNamed<NormWeights, O> & RunningMoments;

/** The parts that the body uses. */
interface BatchNormParts extends NormTensors {
  readonly runningMean: Recorder;
  readonly runningVar: Recorder;
}

/** Standardizes rows `[rows, features]` by their own moments, scales and shifts them. */
const byBatch = (rows: tf.Tensor, own: NormTensors, eps: number): tf.Tensor => {
  const [count = 1, features = 1] = rows.shape;
  const all = tf.reshape(rows, [1, count, features]);
  return tf.reshape(normalizeGroups(all, own, { groups: features, eps, centred: true }), rows.shape);
};

/** Standardizes by the running moments: one factor and one term for each feature, as in PyTorch. */
const byRunning = (
  x: tf.Tensor,
  { runningMean, runningVar, weight, bias }: BatchNormParts,
  eps: number,
): tf.Tensor => {
  const inverse = tf.rsqrt(tf.add(runningVar.value, eps));
  const factor = weight === undefined ? inverse : tf.mul(inverse, weight);
  const product = tf.mul(runningMean.value, factor);
  return tf.add(tf.mul(x, factor), bias === undefined ? tf.neg(product) : tf.sub(bias, product));
};

/** Moves running moments towards those of rows `[rows, features]`; the variance with Bessel's correction. */
const recordMoments = (
  rows: tf.Tensor,
  { runningMean, runningVar }: BatchNormParts,
  momentum: number,
): void => {
  const [count = 1, features = 1] = rows.shape;
  const found = moments(tf.reshape(rows, [1, count, features]));
  const mean = tf.reshape(found.mean, [features]);
  const variance = tf.mul(tf.reshape(found.variance, [features]), count / (count - 1));
  const moved = (old: tf.Tensor, own: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(old, 1 - momentum), tf.mul(own, momentum));
  runningMean.record?.(moved(runningMean.value, mean));
  runningVar.record?.(moved(runningVar.value, variance));
};

/**
 * Batch normalization (Ioffe and Szegedy 2015), channels last: `[batch, ...space, features]` to the same shape,
 * `(x - mean) / sqrt(variance + eps) * weight + bias`. Its weights are ordinary ones, point masses without a prior term,
 * initialized to 1 and 0.
 *
 * In training, which is where a loss runs the network by `withLogProbs` or `withDivergence`, the moments are those of the
 * batch and its positions, for each weight sample its own. Everywhere else (`apply`, `posteriorMean`, `predict`) they are
 * the running ones, which `trainStep` moves towards the batch's: `running = (1 - momentum) * running + momentum * batch`,
 * averaged over the weight samples. As in PyTorch, the running variance is the unbiased one.
 *
 * Rows that share moments are not independent given the weights, as the ELBO assumes; `groupNorm` and `layerNorm` keep
 * them apart.
 *
 * @throws Error if `features` is not a positive integer, `eps` below 0 or `momentum` not in [0, 1]; when called, if the
 * input's last axis is not `features`, and in training if it has only one value per feature
 * @example
 * const net = sequential(linear(16, 64), batchNorm(64), tf.relu, linear(64, 1));
 */
export const batchNorm = <const O extends BatchNormOptions = Record<never, never>>(
  features: number,
  options?: Only<O, BatchNormOptions>,
): Layer<BatchNormWeightsOf<O>, Unary> => {
  const {
    eps = 1e-5,
    momentum = 0.1,
    affine = true,
    ...variables
  } = optionalOptions<BatchNormOptions>('batchNorm', options, optionNames);
  const shape = [positiveInteger('batchNorm: features', features)];
  checkedEps('batchNorm', eps);
  if (!(typeof momentum === 'number' && momentum >= 0 && momentum <= 1))
    invalidArgument('batchNorm: momentum', 'a number from 0 to 1', momentum);
  const spec = {
    ...normSpec('batchNorm', shape, affine, variables),
    runningMean: statistic(shape),
    runningVar: statistic(shape, { initialValue: 1 }),
  };
  return layer(spec, (own: BatchNormParts) => (x: tf.Tensor): tf.Tensor => {
    if (!isTensor(x) || x.rank < 2 || x.shape.at(-1) !== features)
      invalidArgument('batchNorm: input', `a tensor [batch, ..., features] of ${features} features`, x);
    if (own.runningMean.record === null) return byRunning(x, own, eps);
    const count = tf.util.sizeFromShape(x.shape.slice(0, -1));
    if (count < 2)
      invalidArgument('batchNorm: input', 'in training a tensor of more than one value per feature', x);
    const rows = tf.reshape(x, [count, features]);
    recordMoments(rows, own, momentum);
    return tf.reshape(byBatch(rows, own, eps), x.shape);
  }) as Layer<never, Unary>;
};
