import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames } from '../check/index.ts';
import type { Attention } from './attend.ts';
import type { PackedProjections, ProjectionBiases } from './attentionWeights.ts';
import { checkSequence } from './checkSequence.ts';
import { layer } from './layer.ts';
import type { LinearWeights } from './linear.ts';
import type { NormWeights } from './normWeights.ts';
import type { Biased, Layer, Only, WithOptions } from './part.ts';
import type { Unary } from './sequential.ts';
import { same, type TransformerLayerOptions, transformerBlock } from './transformerBlock.ts';

/** The weights of an encoder layer, called as in PyTorch. */
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
  /** Whether each position sees itself and those before alone; default false. */
  readonly isCausal?: boolean | undefined;
}

const callOptionNames: OptionNames<EncoderLayerOptions> = {
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
 * A transformer's encoder layer (Vaswani et al. 2017): attention of a sequence to itself, then a network of one
 * hidden layer at each position, each added to its input and normalized. With `normFirst` it is
 * `x + attention(norm1(x))` and `x + feedforward(norm2(x))`, as in PyTorch.
 *
 * @throws Error if a size is not a positive integer or `nhead` does not divide `dModel`; when called, for an input
 * or mask of another shape
 * @example
 * const net = sequential(linear(3, 16), transformerEncoderLayer(16, 4, { dimFeedforward: 32 }), linear(16, 1));
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
        callOptionNames,
      );
      checkSequence('transformerEncoderLayer: src', src, dModel);
      const masks = { attnMask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal };
      const attention: Unary = (x) => dropout1(selfAttn(x, x, x, { ...masks, needWeights: false }).output);
      return block.added(norm2, feedforward)(block.added(norm1, attention)(src));
    };
  };
  return layer(spec, body as never, block.options) as Layer<never, EncoderLayerForward>;
};
