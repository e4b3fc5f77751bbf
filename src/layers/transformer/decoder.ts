import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../../check/index.ts';
import type { Attention } from '../attention/attend.ts';
import type { AttentionMasks } from '../attention/mask.ts';
import type { PackedProjections, ProjectionBiases } from '../attention/weights.ts';
import { layer } from '../core/layer.ts';
import type { Biased, Layer, Only, Unary, WithOptions } from '../core/part.ts';
import { checkSequence } from '../inputs.ts';
import type { LinearWeights } from '../linear.ts';
import type { NormWeights } from '../normalization.ts';
import { same, stack, type TransformerLayerOptions, transformerBlock } from './block.ts';
import {
  type TransformerStackOptions,
  type TransformerStackWeights,
  transformerStackOptionNames,
} from './encoder.ts';

/** The weights of a decoder layer, named as in PyTorch. */
export interface DecoderLayerWeights {
  readonly selfAttn: PackedProjections & ProjectionBiases;
  readonly multiheadAttn: PackedProjections & ProjectionBiases;
  readonly linear1: LinearWeights;
  readonly linear2: LinearWeights;
  readonly norm1: NormWeights;
  readonly norm2: NormWeights;
  readonly norm3: NormWeights;
}

/** The weights of a decoder layer with given options. */
export type DecoderLayerWeightsOf<O> = WithOptions<Biased<DecoderLayerWeights, O>, O>;

/** The masks of a decoder layer's call; see `AttentionMasks`. */
export interface DecoderLayerOptions {
  /** Of the target to itself: `[length, length]`, or one for each head, `[batch * nhead, length, length]`. */
  readonly tgtMask?: Tensor | undefined;
  /** Of the target to the memory: `[length, source]`, or one for each head, `[batch * nhead, length, source]`. */
  readonly memoryMask?: Tensor | undefined;
  /** Which positions of the target are padding, `[batch, length]`. */
  readonly tgtKeyPaddingMask?: Tensor | undefined;
  /** Which positions of the memory are padding, `[batch, source]`. */
  readonly memoryKeyPaddingMask?: Tensor | undefined;
  /** Whether each position attends only to itself and earlier ones; default false. */
  readonly tgtIsCausal?: boolean | undefined;
  /** Whether later positions of the memory are masked; default false. */
  readonly memoryIsCausal?: boolean | undefined;
}

/** The names of `DecoderLayerOptions`. */
export const decoderLayerOptionNames: OptionNames<DecoderLayerOptions> = {
  tgtMask: true,
  memoryMask: true,
  tgtKeyPaddingMask: true,
  memoryKeyPaddingMask: true,
  tgtIsCausal: true,
  memoryIsCausal: true,
};

/** A decoder layer's function: `tgt` `[batch, length, dModel]` and `memory` `[batch, source, dModel]` to `tgt`'s shape. */
export type DecoderLayerForward = (tgt: Tensor, memory: Tensor, options?: DecoderLayerOptions) => Tensor;

type Parts = Readonly<
  Record<'linear1' | 'linear2' | 'norm1' | 'norm2' | 'norm3', Unary> &
    Partial<Record<'dropout' | 'dropout1' | 'dropout2' | 'dropout3', Unary>> &
    Record<'selfAttn' | 'multiheadAttn', Attention>
>;

/**
 * A transformer's decoder layer (Vaswani et al. 2017): self-attention of the target, attention to the memory, which is
 * the encoder's output, then a feedforward network with one hidden layer at each position, each added to its input
 * and normalized. With `normFirst` the norms are at the start of each block, as in PyTorch.
 *
 * @throws Error if a size is not a positive integer or `nhead` does not divide `dModel`; when called, for inputs
 * or masks of another shape
 * @example
 * const net = layer({ decode: transformerDecoderLayer(16, 4) }, ({ decode }) =>
 *   (tgt: tf.Tensor, memory: tf.Tensor) => decode(tgt, memory, { tgtIsCausal: true }));
 */
export const transformerDecoderLayer = <const O extends TransformerLayerOptions = Record<never, never>>(
  dModel: number,
  nhead: number,
  options?: Only<O, TransformerLayerOptions>,
): Layer<DecoderLayerWeightsOf<O>, DecoderLayerForward> => {
  const block = transformerBlock('transformerDecoderLayer', dModel, nhead, options);
  const spec = {
    selfAttn: block.attention(),
    multiheadAttn: block.attention(),
    linear1: block.inner(),
    linear2: block.outer(),
    norm1: block.norm(),
    norm2: block.norm(),
    norm3: block.norm(),
    ...block.dropouts('dropout', 'dropout1', 'dropout2', 'dropout3'),
  };
  const body = (parts: Parts): DecoderLayerForward => {
    const { selfAttn, multiheadAttn, linear1, linear2, norm1, norm2, norm3 } = parts;
    const { dropout = same, dropout1 = same, dropout2 = same, dropout3 = same } = parts;
    const feedforward: Unary = (x) => dropout3(linear2(dropout(block.activation(linear1(x)))));
    return (tgt, memory, options = {}) => {
      knownOptions('transformerDecoderLayer', options, decoderLayerOptionNames);
      checkSequence('transformerDecoderLayer: tgt', tgt, dModel);
      checkSequence('transformerDecoderLayer: memory', memory, dModel);
      const toItself: AttentionMasks = {
        attnMask: options.tgtMask,
        keyPaddingMask: options.tgtKeyPaddingMask,
        isCausal: options.tgtIsCausal,
      };
      const toMemory: AttentionMasks = {
        attnMask: options.memoryMask,
        keyPaddingMask: options.memoryKeyPaddingMask,
        isCausal: options.memoryIsCausal,
      };
      const attention: Unary = (x) => dropout1(selfAttn(x, x, x, { ...toItself, needWeights: false }).output);
      const crossAttention: Unary = (x) =>
        dropout2(multiheadAttn(x, memory, memory, { ...toMemory, needWeights: false }).output);
      return [
        block.added(norm1, attention),
        block.added(norm2, crossAttention),
        block.added(norm3, feedforward),
      ].reduce((x, f) => f(x), tgt);
    };
  };
  return layer(spec, body as never, block.options) as Layer<never, DecoderLayerForward>;
};

/**
 * `numLayers` decoder layers one after another, all with the same memory. They have the same options, and each has
 * its own random initial weights.
 *
 * @throws Error if `numLayers` is not a positive integer
 * @example
 * const block = transformerDecoderLayer(64, 4);
 * const decoder = transformerDecoder(block, 3, { norm: layerNorm(64) });
 */
export const transformerDecoder = <W, N = Record<never, never>>(
  decoderLayer: Layer<W, DecoderLayerForward>,
  numLayers: number,
  options: TransformerStackOptions<N> = {},
): Layer<TransformerStackWeights<W, N>, DecoderLayerForward> => {
  const { norm } = knownOptions('transformerDecoder', options, transformerStackOptionNames);
  const layers = stack(decoderLayer, positiveInteger('transformerDecoder: numLayers', numLayers));
  const body =
    (parts: { readonly layers: DecoderLayerForward; readonly norm?: Unary }): DecoderLayerForward =>
    (tgt, memory, options = {}) => {
      knownOptions('transformerDecoder', options, decoderLayerOptionNames);
      const decoded = parts.layers(tgt, memory, options);
      return parts.norm === undefined ? decoded : parts.norm(decoded);
    };
  return layer(norm === undefined ? { layers } : { layers, norm }, body as never) as Layer<
    never,
    DecoderLayerForward
  >;
};
