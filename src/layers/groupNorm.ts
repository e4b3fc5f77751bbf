import * as tf from '@tensorflow/tfjs-core';
import { misuse, type OptionNames, optionalOptions, positiveInteger } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { layer } from './layer.ts';
import { checkedEps } from './normalizedAxes.ts';
import { type NormWeights, normSpec } from './normWeights.ts';
import type { Layer, Only, VariableOptions, WithNamed } from './part.ts';
import type { Unary } from './sequential.ts';
import { standardize } from './standardize.ts';

/** Options of `groupNorm`. */
export interface GroupNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether each channel is multiplied by a weight, and a bias added; default true. */
  readonly affine?: boolean;
  /** Options of the weight alone: with a posterior it is no longer an ordinary one. */
  readonly weight?: VariableOptions;
  /** Options of the bias alone. */
  readonly bias?: VariableOptions;
}

const optionNames: OptionNames<GroupNormOptions> = { eps: true, affine: true, weight: true, bias: true };

/** The weights of a group normalization with given options. */
export type GroupNormWeightsOf<O> = O extends { readonly affine: false }
  ? Record<never, never>
  : WithNamed<NormWeights, O>;

/** `[batch, ...space, channels]` with the channels of a group together, standardized and put back. */
const byGroups = (x: tf.Tensor, groups: number, eps: number): tf.Tensor => {
  const [batch = 1, ...rest] = x.shape;
  const channels = rest.at(-1) ?? 1;
  const grouped = tf.reshape(x, [batch, -1, groups, channels / groups]);
  return tf.reshape(standardize(grouped, [1, 3], eps, true), x.shape);
};

/**
 * Group normalization (Wu and He 2018), channels last: `[batch, ...space, channels]` to the same shape. Mean and
 * variance are those of a row's group of `numChannels / numGroups` channels at all its positions. Its weights
 * are ordinary ones: point masses without a prior term, which start at 1 and 0.
 *
 * @throws Error if a number is not a positive integer, `numChannels` no multiple of `numGroups` or `eps` below
 * 0; when called, if the input's last axis is not `numChannels`
 * @example
 * const norm = groupNorm(4, 16); // four groups of four channels each
 */
export const groupNorm = <const O extends GroupNormOptions = Record<never, never>>(
  numGroups: number,
  numChannels: number,
  options?: Only<O, GroupNormOptions>,
): Layer<GroupNormWeightsOf<O>, Unary> => {
  const {
    eps = 1e-5,
    affine = true,
    ...variables
  } = optionalOptions<GroupNormOptions>('groupNorm', options, optionNames);
  positiveInteger('groupNorm: numGroups', numGroups);
  if (positiveInteger('groupNorm: numChannels', numChannels) % numGroups !== 0) {
    misuse('groupNorm: numChannels', `divisible by numGroups, ${numGroups}`, numChannels);
  }
  checkedEps('groupNorm', eps);
  return layer(
    normSpec('groupNorm', [numChannels], affine, variables),
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        if (!isTensor(x) || x.rank < 2 || x.shape.at(-1) !== numChannels) {
          misuse('groupNorm: input', `a tensor [batch, ..., channels] of ${numChannels} channels`, x);
        }
        const y = byGroups(x, numGroups, eps);
        return own.weight === undefined || own.bias === undefined
          ? y
          : tf.add(tf.mul(y, own.weight), own.bias);
      },
  ) as Layer<never, Unary>;
};
