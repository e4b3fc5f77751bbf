import * as tf from '@tensorflow/tfjs-core';
import { type OptionNames, optionalOptions } from '../check/index.ts';
import { layer } from './layer.ts';
import { checkedEps, normalizedAxes, trailingAxes } from './normalizedAxes.ts';
import { type NormVariables, type NormWeights, normSpec } from './normWeights.ts';
import type { Biased, Layer, Only, WithNamed } from './part.ts';
import type { Unary } from './sequential.ts';
import { standardize } from './standardize.ts';

/** Options of `layerNorm`. */
export interface LayerNormOptions extends NormVariables {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** Whether the result is multiplied by a weight, and a bias added; default true. */
  readonly elementwiseAffine?: boolean;
}

const optionNames: OptionNames<LayerNormOptions> = {
  eps: true,
  elementwiseAffine: true,
  weight: true,
  bias: true,
};

/** The weights of a layer normalization with given options. */
export type LayerNormWeightsOf<O> = O extends { readonly elementwiseAffine: false }
  ? Record<never, never>
  : WithNamed<Biased<NormWeights, O>, O>;

/**
 * Layer normalization (Ba et al. 2016) over the last axes, `[..., ...normalizedShape]` to the same shape:
 * `(x - mean) / sqrt(variance + eps) * weight + bias`, the variance without Bessel's correction. Its weights
 * are ordinary ones: point masses without a prior term, which start at 1 and 0.
 *
 * @throws Error if a size is not a positive integer or `eps` below 0; when called, if the input does not end
 * with `normalizedShape`
 * @example
 * const net = sequential(linear(16, 64), layerNorm(64), tf.relu, linear(64, 1));
 */
export const layerNorm = <const O extends LayerNormOptions = Record<never, never>>(
  normalizedShape: number | readonly number[],
  options?: Only<O, LayerNormOptions>,
): Layer<LayerNormWeightsOf<O>, Unary> => {
  const {
    eps = 1e-5,
    elementwiseAffine = true,
    ...variables
  } = optionalOptions<LayerNormOptions>('layerNorm', options, optionNames);
  const shape = normalizedAxes('layerNorm', normalizedShape);
  checkedEps('layerNorm', eps);
  return layer(
    normSpec('layerNorm', shape, elementwiseAffine, variables),
    (own) =>
      (x: tf.Tensor): tf.Tensor => {
        const y = standardize(x, trailingAxes('layerNorm', shape, x), eps, true);
        const scaled = own.weight === undefined ? y : tf.mul(y, own.weight);
        return own.bias === undefined ? scaled : tf.add(scaled, own.bias);
      },
  ) as Layer<never, Unary>;
};
