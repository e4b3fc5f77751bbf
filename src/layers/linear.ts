import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions, positiveInteger } from '../check/index.ts';
import type { Product } from '../distributions/posterior.ts';
import { isTensor } from '../tree/index.ts';
import { affine } from './core/layer.ts';
import type { Unary } from './core/part.ts';
import {
  type Biased,
  type Layer,
  type Only,
  type VariableOptions,
  type Weight,
  type WeightOptions,
  type WithNamed,
  type WithOptions,
  weightOptionNames,
} from './core/part.ts';
import { weightAndBias } from './core/variable.ts';

/** The weights of a linear layer: `weight` `[in, out]`, `bias` `[out]`. */
export interface LinearWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** Options of `linear` and of its weights. */
export interface LinearOptions extends WeightOptions {
  /** Options of the weight only. */
  readonly weight?: VariableOptions;
  /** Whether to add a bias, default true, or options of the bias only. */
  readonly bias?: boolean | VariableOptions;
}

const optionNames: OptionNames<LinearOptions> = { ...weightOptionNames, weight: true, bias: true };

/** The weights of a linear layer with given options. */
export type LinearWeightsOf<O> = WithOptions<WithNamed<Biased<LinearWeights, O>, O>, O>;

/**
 * A fully connected layer: `x W + b` over the last axis, `[..., in]` to `[..., out]`. Priors and posteriors are set for
 * both variables, or for one by its name.
 *
 * @throws Error if a size is not a positive integer and, when called, if the input's last axis is not `inFeatures`
 * @example
 * const hidden = linear(784, 512, {
 *   prior: normal({ std: 0.5 }),
 *   bias: { prior: flat() },
 * });
 */
export const linear = <const O extends LinearOptions = Record<never, never>>(
  inFeatures: number,
  outFeatures: number,
  options?: Only<O, LinearOptions>,
): Layer<LinearWeightsOf<O>, Unary> => {
  const { weight, bias, ...weights } = optionalOptions<LinearOptions>('linear', options, optionNames);
  const shape = [
    positiveInteger('linear: inFeatures', inFeatures),
    positiveInteger('linear: outFeatures', outFeatures),
  ];
  const body =
    (own: { readonly weight: tf.Tensor | Product; readonly bias?: tf.Tensor }) =>
    (x: tf.Tensor): tf.Tensor => {
      if (!isTensor(x) || x.shape.at(-1) !== inFeatures)
        invalidArgument('linear: input', `a tensor with ${inFeatures} features on its last axis`, x);
      const rows = x.rank === 2 ? x : tf.reshape(x, [-1, inFeatures]);
      const product =
        typeof own.weight === 'function'
          ? own.weight(rows)
          : tf.matMul(rows as tf.Tensor2D, own.weight as tf.Tensor2D);
      const y = x.rank === 2 ? product : tf.reshape(product, [...x.shape.slice(0, -1), outFeatures]);
      return own.bias === undefined ? y : tf.add(y, own.bias);
    };
  const layer = affine(
    weightAndBias('linear', shape, [outFeatures], { weight, bias } as LinearOptions),
    body as never,
    { featureRank: 1, ...weights },
  );
  return { ...layer, factor: 'weight' } as Layer<never, Unary>;
};
