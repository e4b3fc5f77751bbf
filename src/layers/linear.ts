import * as tf from '@tensorflow/tfjs-core';
import { misuse, type OptionNames, optionalOptions, positiveInteger } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { affine } from './layer.ts';
import {
  type Layer,
  type Only,
  type Weight,
  type WeightOptions,
  type WithOptions,
  weightOptionNames,
} from './part.ts';
import type { Unary } from './sequential.ts';

/** The weights of a linear layer: `weight` `[in, out]`, `bias` `[out]`. */
export interface LinearWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** The weights of a linear layer without bias. */
export interface LinearWeightsWithoutBias {
  readonly weight: Weight;
}

/** Options of `linear`, those of its weights among them. */
export interface LinearOptions extends WeightOptions {
  /** Whether a bias is added; default true. */
  readonly bias?: boolean;
}

const optionNames: OptionNames<LinearOptions> = { ...weightOptionNames, bias: true };

/** The weights of a linear layer with given options. */
export type LinearWeightsOf<O> = WithOptions<
  O extends { readonly bias: false } ? LinearWeightsWithoutBias : LinearWeights,
  O
>;

/** The product over the last axis, with any number of axes before it. */
const product = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor => {
  const [inFeatures, outFeatures] = weight.shape as [number, number];
  if (!isTensor(x) || x.shape.at(-1) !== inFeatures) {
    misuse('linear: input', `a tensor with ${inFeatures} features on its last axis`, x);
  }
  return x.rank === 2
    ? tf.matMul(x, weight)
    : tf.reshape(tf.matMul(tf.reshape(x, [-1, inFeatures]), weight), [...x.shape.slice(0, -1), outFeatures]);
};

/**
 * A fully connected layer: `x W + b` over the last axis, `[..., in]` to `[..., out]`.
 *
 * @throws Error if a size is not a positive integer and, when called, if the input's last axis is not `inFeatures`
 * @example
 * const hidden = linear(784, 512, { prior: normal({ std: 0.5 }) });
 */
export const linear = <const O extends LinearOptions = Record<never, never>>(
  inFeatures: number,
  outFeatures: number,
  options?: Only<O, LinearOptions>,
): Layer<LinearWeightsOf<O>, Unary> => {
  const { bias = true, ...weights } = optionalOptions<LinearOptions>('linear', options, optionNames);
  const weight = [
    positiveInteger('linear: inFeatures', inFeatures),
    positiveInteger('linear: outFeatures', outFeatures),
  ];
  const settings = { featureRank: 1, ...weights };
  return (
    bias
      ? affine(
          { weight, bias: [outFeatures] },
          (w) =>
            (x: tf.Tensor): tf.Tensor =>
              tf.add(product(x, w.weight), w.bias),
          settings,
        )
      : affine(
          { weight },
          (w) =>
            (x: tf.Tensor): tf.Tensor =>
              product(x, w.weight),
          settings,
        )
  ) as Layer<LinearWeightsOf<O>, Unary>;
};
