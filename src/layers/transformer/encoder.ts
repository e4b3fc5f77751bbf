import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../../check/index.ts';
import type { Attention } from '../attention/attend.ts';
import type { PackedProjections, ProjectionBiases } from '../attention/weights.ts';
import { layer } from '../core/layer.ts';
import type { Biased, Layer, Only, Unary, WeightsOf, WithOptions } from '../core/part.ts';
import { checkSequence } from '../inputs.ts';
import type { LinearWeights } from '../linear.ts';
import type { NormWeights } from '../normalization.ts';
import { type StackWeights, same, stack, type TransformerLayerOptions, transformerBlock } from './block.ts';

/** The weights of an encoder layer, named as in PyTorch. */
export interface EncoderLayerWeights {
  readonly selfAttn: PackedProjections & ProjectionBiases;
  readonly linear1: LinearWeights;
  readonly linear2: LinearWeights;
  readonly norm1: NormWeights;
  readonly norm2: NormWeights;
}

/** The weights of an encoder layer with given options. */
export type EncoderLayerWeightsOf<O> = WithOptions<Biased<EncoderLayerWeights, O>, O>;

/** The masks of an encoder layer's call; see `AttentionMasks`. */
export interface EncoderLayerOptions {
  /** `[length, length]`, or one for each head, `[batch * nhead, length, length]`. */
  readonly srcMask?: Tensor | undefined;
  /** Which positions are padding, `[batch, length]`. */
  readonly srcKeyPaddingMask?: Tensor | undefined;
  /** Whether each position attends only to itself and earlier ones; default false. */
  readonly isCausal?: boolean | undefined;
}

const encoderLayerOptionNames: OptionNames<EncoderLayerOptions> = {
  srcMask: true,
  srcKeyPaddingMask: true,
  isCausal: true,
};

/** An encoder layer's function: `src` `[batch, length, dModel]` to the same shape. */
export type EncoderLayerForward = (src: Tensor, options?: EncoderLayerOptions) => Tensor;

type Parts = Readonly<
  Record<'linear1' | 'linear2' | 'norm1' | 'norm2', Unary> &
    Partial<Record<'dropout' | 'dropout1' | 'dropout2', Unary>>
> & { readonly selfAttn: Attention };

/**
 * A transformer's encoder layer (Vaswani et al. 2017): self-attention, then a feedforward network with one hidden layer
 * at each position, each added to its input and normalized. With `normFirst` it is `x + attention(norm1(x))` and
 * `x + feedforward(norm2(x))`, as in PyTorch.
 *
 * @throws Error if a size is not a positive integer or `nhead` does not divide `dModel`; when called, for an input
 * or mask of another shape
 * @example
 * const block = transformerEncoderLayer(16, 4, { dimFeedforward: 32 });
 * const net = sequential(linear(3, 16), block, linear(16, 1));
 */
export const transformerEncoderLayer = <const O extends TransformerLayerOptions = Record<never, never>>(
  dModel: number,
  nhead: number,
  options?: Only<O, TransformerLayerOptions>,
): Layer<EncoderLayerWeightsOf<O>, EncoderLayerForward> => {
  const block = transformerBlock('transformerEncoderLayer', dModel, nhead, options);
  const spec = {
    selfAttn: block.attention(),
    linear1: block.inner(),
    linear2: block.outer(),
    norm1: block.norm(),
    norm2: block.norm(),
    ...block.dropouts('dropout', 'dropout1', 'dropout2'),
  };
  const body = (parts: Parts): EncoderLayerForward => {
    const { selfAttn, linear1, linear2, norm1, norm2 } = parts;
    const { dropout = same, dropout1 = same, dropout2 = same } = parts;
    const feedforward: Unary = (x) => dropout2(linear2(dropout(block.activation(linear1(x)))));
    return (src, given = {}) => {
      const { srcMask, srcKeyPaddingMask, isCausal } = knownOptions(
        'transformerEncoderLayer',
        given,
        encoderLayerOptionNames,
      );
      checkSequence('transformerEncoderLayer: src', src, dModel);
      const masks = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal };
      const attention: Unary = (x) => dropout1(selfAttn(x, x, x, { ...masks, needWeights: false }).output);
      return block.added(norm2, feedforward)(block.added(norm1, attention)(src));
    };
  };
  return layer(spec, body as never, block.options) as Layer<never, EncoderLayerForward>;
};

/** Options of a stack of transformer layers; `N` are the weights of its norm. */
export interface TransformerStackOptions<N = unknown> {
  /** A layer applied to the last output, such as `layerNorm(dModel)`; default none. */
  readonly norm?: Layer<N, Unary> | undefined;
}

/** The names of `TransformerStackOptions`. */
export const transformerStackOptionNames: OptionNames<TransformerStackOptions> = { norm: true };

/** The weights of a stack of transformer layers: `layers` by number, and `norm` if it has any. */
export type TransformerStackWeights<W, N> = WeightsOf<{
  readonly layers: Layer<StackWeights<W>, never>;
  readonly norm: Layer<N, Unary>;
}>;

/** The masks of an encoder's call; see `AttentionMasks`. */
export interface EncoderOptions {
  /** `[length, length]`, or one for each head, `[batch * nhead, length, length]`. */
  readonly mask?: Tensor | undefined;
  /** Which positions are padding, `[batch, length]`. */
  readonly srcKeyPaddingMask?: Tensor | undefined;
  /** Whether each position attends only to itself and earlier ones; default false. */
  readonly isCausal?: boolean | undefined;
}

const encoderOptionNames: OptionNames<EncoderOptions> = {
  mask: true,
  srcKeyPaddingMask: true,
  isCausal: true,
};

/** An encoder's function: `src` `[batch, length, dModel]` to the same shape. */
export type EncoderForward = (src: Tensor, options?: EncoderOptions) => Tensor;

/**
 * `numLayers` encoder layers one after another. They have the same options, and each has its own random initial
 * weights.
 *
 * @throws Error if `numLayers` is not a positive integer
 * @example
 * const block = transformerEncoderLayer(64, 4);
 * const encoder = transformerEncoder(block, 3, { norm: layerNorm(64) });
 */
export const transformerEncoder = <W, N = Record<never, never>>(
  encoderLayer: Layer<W, EncoderLayerForward>,
  numLayers: number,
  options: TransformerStackOptions<N> = {},
): Layer<TransformerStackWeights<W, N>, EncoderForward> => {
  const { norm } = knownOptions('transformerEncoder', options, transformerStackOptionNames);
  const layers = stack(encoderLayer, positiveInteger('transformerEncoder: numLayers', numLayers));
  const body =
    (parts: { readonly layers: EncoderLayerForward; readonly norm?: Unary }): EncoderForward =>
    (src, given = {}) => {
      const { mask, ...others } = knownOptions('transformerEncoder', given, encoderOptionNames);
      const encoded = parts.layers(src, { srcMask: mask, ...others });
      return parts.norm === undefined ? encoded : parts.norm(encoded);
    };
  return layer(norm === undefined ? { layers } : { layers, norm }, body as never) as Layer<
    never,
    EncoderForward
  >;
};
