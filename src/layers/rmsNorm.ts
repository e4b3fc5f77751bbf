import * as tf from '@tensorflow/tfjs-core';
import { type OptionNames, optionalOptions } from '../check/index.ts';
import { layer } from './layer.ts';
import { checkedEps, normalizedAxes, trailingAxes } from './normalizedAxes.ts';
import { type NormWeights, normSpec } from './normWeights.ts';
import type { Layer, Only, VariableOptions, WithNamed, WithoutBiases } from './part.ts';
import type { Unary } from './sequential.ts';
import { standardize } from './standardize.ts';

/** Options of `rmsNorm`. */
export interface RmsNormOptions {
  /** Added to the mean square; default 2^-23, the distance from 1 to the next float32. */
  readonly eps?: number;
  /** Whether the result is multiplied by a weight; default true. */
  readonly elementwiseAffine?: boolean;
  /** Options of the weight alone: with a posterior it is no longer an ordinary one. */
  readonly weight?: VariableOptions;
}

const optionNames: OptionNames<RmsNormOptions> = { eps: true, elementwiseAffine: true, weight: true };

/** The weights of a root mean square normalization with given options. */
export type RmsNormWeightsOf<O> = O extends { readonly elementwiseAffine: false }
  ? Record<never, never>
  : WithNamed<WithoutBiases<NormWeights>, O>;

/**
 * Root mean square normalization (Zhang and Sennrich 2019) over the last axes: `x / sqrt(mean(x^2) + eps) * weight`.
 * Its weight is an ordinary one, a point mass without a prior term, which starts at 1.
 *
 * @throws Error if a size is not a positive integer or `eps` below 0; when called, if the input does not end
 * with `normalizedShape`
 * @example
 * const net = sequential(linear(16, 64), rmsNorm(64), tf.relu, linear(64, 1));
 */
export const rmsNorm = <const O extends RmsNormOptions = Record<never, never>>(
  normalizedShape: number | readonly number[],
  options?: Only<O, RmsNormOptions>,
): Layer<RmsNormWeightsOf<O>, Unary> => {
  const {
    eps = 2 ** -23,
    elementwiseAffine = true,
    weight,
  } = optionalOptions<RmsNormOptions>('rmsNorm', options, optionNames);
  const shape = normalizedAxes('rmsNorm', normalizedShape);
  checkedEps('rmsNorm', eps);
  return layer(
    normSpec('rmsNorm', shape, elementwiseAffine, { ...(weight && { weight }), bias: false }),
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        const y = standardize(x, trailingAxes('rmsNorm', shape, x), eps, false);
        return own.weight === undefined ? y : tf.mul(y, own.weight);
      },
  ) as Layer<never, Unary>;
};
