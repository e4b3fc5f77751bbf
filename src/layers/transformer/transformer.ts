import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, optionalOptions } from '../../check/index.ts';
import { layer } from '../core/layer.ts';
import type { Biased, Layer, Only, WithOptions } from '../core/part.ts';
import { checkSequence } from '../inputs.ts';
import type { NormWeights } from '../normalization.ts';
import { layerNorm } from '../normalization.ts';
import { type TransformerLayerOptions, transformerLayerOptionNames } from './block.ts';
import {
  type DecoderLayerForward,
  type DecoderLayerOptions,
  type DecoderLayerWeights,
  decoderLayerOptionNames,
  transformerDecoder,
  transformerDecoderLayer,
} from './decoder.ts';
import {
  type EncoderForward,
  type EncoderLayerWeights,
  type TransformerStackWeights,
  transformerEncoder,
  transformerEncoderLayer,
} from './encoder.ts';

/** Options of `transformer`, of its layers and of their weights. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** How many encoder layers; default 1. */
  readonly numEncoderLayers?: number;
  /** How many decoder layers; default 1. */
  readonly numDecoderLayers?: number;
  /** The size of the hidden layer between attention blocks; default 256. */
  readonly dimFeedforward?: number;
  /** Replaces the encoder; it takes `(src, { mask, srcKeyPaddingMask, isCausal })`. */
  readonly customEncoder?: Layer<unknown, EncoderForward>;
  /** Replaces the decoder; it takes `(tgt, memory, { tgtMask, memoryMask, ... })`. */
  readonly customDecoder?: Layer<unknown, DecoderLayerForward>;
}

const optionNames: OptionNames<TransformerOptions> = {
  ...transformerLayerOptionNames,
  numEncoderLayers: true,
  numDecoderLayers: true,
  customEncoder: true,
  customDecoder: true,
};

/** The masks of a transformer's call; see `AttentionMasks`. */
export interface TransformerCallOptions extends DecoderLayerOptions {
  /** Of the source to itself: `[source, source]`, or one for each head, `[batch * nhead, source, source]`. */
  readonly srcMask?: Tensor | undefined;
  /** Which positions of the source are padding, `[batch, source]`. */
  readonly srcKeyPaddingMask?: Tensor | undefined;
  /** Whether each position of the source attends only to itself and earlier ones; default false. */
  readonly srcIsCausal?: boolean | undefined;
}

const callOptionNames: OptionNames<TransformerCallOptions> = {
  ...decoderLayerOptionNames,
  srcMask: true,
  srcKeyPaddingMask: true,
  srcIsCausal: true,
};

/** A transformer's function: `src` `[batch, source, dModel]` and `tgt` `[batch, length, dModel]` to `tgt`'s shape. */
export type TransformerForward = (src: Tensor, tgt: Tensor, options?: TransformerCallOptions) => Tensor;

/** The weights of a transformer with given options, named as in PyTorch: `encoder.layers['0'].selfAttn`. */
export type TransformerWeightsOf<O> = {
  readonly encoder: O extends { readonly customEncoder: Layer<infer W, EncoderForward> }
    ? W
    : WithOptions<TransformerStackWeights<Biased<EncoderLayerWeights, O>, Biased<NormWeights, O>>, O>;
  readonly decoder: O extends { readonly customDecoder: Layer<infer W, DecoderLayerForward> }
    ? W
    : WithOptions<TransformerStackWeights<Biased<DecoderLayerWeights, O>, Biased<NormWeights, O>>, O>;
};

/**
 * An encoder and a decoder (Vaswani et al. 2017), each a stack of layers with a final norm. The decoder's target
 * attends to itself and to the encoded source.
 *
 * @throws Error if a size is not a positive integer or `nhead` does not divide `dModel`; when called, for inputs
 * of another size or of different batches, and for masks of another shape
 * @example
 * const net = layer({ translate: transformer(32, 4) }, ({ translate }) =>
 *   (src: tf.Tensor, tgt: tf.Tensor) => translate(src, tgt, { tgtIsCausal: true }));
 */
export const transformer = <const O extends TransformerOptions = Record<never, never>>(
  dModel: number,
  nhead: number,
  options?: Only<O, TransformerOptions>,
): Layer<TransformerWeightsOf<O>, TransformerForward> => {
  const {
    numEncoderLayers = 1,
    numDecoderLayers = 1,
    customEncoder,
    customDecoder,
    ...given
  } = optionalOptions<TransformerOptions>('transformer', options, optionNames);
  const own: TransformerLayerOptions = { ...given, dimFeedforward: given.dimFeedforward ?? 256 };
  const norm = () => layerNorm(dModel, { eps: own.layerNormEps ?? 1e-5, bias: own.bias ?? true });
  const spec = {
    encoder:
      customEncoder ??
      transformerEncoder(transformerEncoderLayer(dModel, nhead, own), numEncoderLayers, { norm: norm() }),
    decoder:
      customDecoder ??
      transformerDecoder(transformerDecoderLayer(dModel, nhead, own), numDecoderLayers, { norm: norm() }),
  };
  const body =
    (parts: {
      readonly encoder: EncoderForward;
      readonly decoder: DecoderLayerForward;
    }): TransformerForward =>
    (src, tgt, given = {}) => {
      const { srcMask, srcKeyPaddingMask, srcIsCausal, ...masks } = knownOptions(
        'transformer',
        given,
        callOptionNames,
      );
      checkSequence('transformer: src', src, dModel);
      checkSequence('transformer: tgt', tgt, dModel);
      if (src.rank !== tgt.rank || (src.rank === 3 && src.shape[0] !== tgt.shape[0])) {
        invalidArgument('transformer: tgt', `of the batch of src, [${src.shape.join(', ')}]`, tgt);
      }
      const memory = parts.encoder(src, { mask: srcMask, srcKeyPaddingMask, isCausal: srcIsCausal });
      return parts.decoder(tgt, memory, masks);
    };
  return layer(spec, body as never) as Layer<never, TransformerForward>;
};
