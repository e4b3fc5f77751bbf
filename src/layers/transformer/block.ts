import { add, relu, type Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions, positiveInteger } from '../../check/index.ts';
import type { Attention } from '../attention/attend.ts';
import { multiheadAttention } from '../attention/multiheadAttention.ts';
import { layer } from '../core/layer.ts';
import type { Unary } from '../core/part.ts';
import { type Forward, type Layer, type WeightOptions, weightOptionNames } from '../core/part.ts';
import { dropout } from '../dropout.ts';
import { linear } from '../linear.ts';
import { layerNorm } from '../normalization.ts';

/**
 * Options of a transformer's layers and of their weights; `rescalePrior` defaults to true. Norms always have ordinary
 * weights.
 */
export interface TransformerLayerOptions extends WeightOptions {
  /** The size of the hidden layer between attention blocks; default 512. */
  readonly dimFeedforward?: number;
  /** The function in the hidden layer; default `tf.relu`. */
  readonly activation?: Unary;
  /** Added to the variance in each norm; default 1e-5. */
  readonly layerNormEps?: number;
  /** Norms at the start of each block, `x + block(norm(x))`, or after it, `norm(x + block(x))`; default false. */
  readonly normFirst?: boolean;
  /** Whether projections, linear layers and norms have biases; default true. */
  readonly bias?: boolean;
  /** The rate of dropout on attention weights, hidden layer and the output of each block; default 0. */
  readonly dropout?: number;
}

/** The names of `TransformerLayerOptions`. */
export const transformerLayerOptionNames: OptionNames<TransformerLayerOptions> = {
  ...weightOptionNames,
  dimFeedforward: true,
  activation: true,
  layerNormEps: true,
  normFirst: true,
  bias: true,
  dropout: true,
};

/** The building blocks of a transformer's layers, all with its options. */
export interface TransformerBlock {
  readonly activation: Unary;
  readonly options: WeightOptions;
  readonly attention: () => Layer<unknown, Attention>;
  readonly inner: () => Layer<unknown, Unary>;
  readonly outer: () => Layer<unknown, Unary>;
  readonly norm: () => Layer<unknown, Unary>;
  /** The named dropouts, or an empty record if the rate is 0. */
  readonly dropouts: (...names: readonly string[]) => Readonly<Record<string, Layer<unknown, Unary>>>;
  /** A block added to its input, with its norm before or after it. */
  readonly added: (norm: Unary, block: Unary) => Unary;
}

/**
 * The building blocks of a transformer layer from its options.
 *
 * @throws Error naming the invalid argument
 * @example
 * transformerBlock('transformerEncoderLayer', 64, 4, { bias: false }).attention(); // a layer
 */
export const transformerBlock = (
  name: string,
  dModel: number,
  nhead: number,
  given: TransformerLayerOptions | undefined,
): TransformerBlock => {
  const {
    dimFeedforward = 512,
    activation = relu,
    layerNormEps: eps = 1e-5,
    normFirst = false,
    bias = true,
    dropout: rate = 0,
    ...own
  } = optionalOptions(name, given, transformerLayerOptionNames);
  positiveInteger(`${name}: dModel`, dModel);
  if (dModel % positiveInteger(`${name}: nhead`, nhead) !== 0) {
    invalidArgument(`${name}: dModel`, `divisible by nhead, ${nhead}`, dModel);
  }
  positiveInteger(`${name}: dimFeedforward`, dimFeedforward);
  if (typeof activation !== 'function')
    invalidArgument(`${name}: activation`, 'a function of a tensor', activation);
  const weights: WeightOptions = { ...own, rescalePrior: own.rescalePrior ?? true };
  return {
    activation,
    options: weights,
    attention: () => multiheadAttention(dModel, nhead, { bias, dropout: rate, ...weights }),
    inner: () => linear(dModel, dimFeedforward, { bias, ...weights }),
    outer: () => linear(dimFeedforward, dModel, { bias, ...weights }),
    norm: () => layerNorm(dModel, { eps, bias }),
    dropouts: (...names) =>
      rate === 0 ? {} : Object.fromEntries(names.map((each) => [each, dropout(rate)])),
    added: (norm, block) => (x) => (normFirst ? add(x, block(norm(x))) : norm(add(x, block(x)))),
  };
};

/** The identity, in place of an absent part. */
export const same: Unary = (x) => x;

/** The weights of a stack of equal layers, by number: `params['0']`. */
export interface StackWeights<W> {
  readonly [index: `${number}`]: W;
}

type Step = (x: Tensor, ...others: readonly unknown[]) => Tensor;

/**
 * Equal layers one after another, each with its own weights: the output of one is the first argument of the next; all
 * receive the other arguments.
 *
 * @example
 * stack(linear(8, 8), 3); // weights '0', '1' and '2'
 */
export const stack = <W, F extends Forward>(each: Layer<W, F>, count: number): Layer<StackWeights<W>, F> =>
  layer(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i), each])),
    (parts) =>
      ((x: Tensor, ...others: readonly unknown[]) =>
        Object.values<unknown>(parts).reduce<Tensor>((h, step) => (step as Step)(h, ...others), x)) as never,
  ) as unknown as Layer<StackWeights<W>, F>;
