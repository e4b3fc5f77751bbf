import type { Tensor } from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { layer } from './layer.ts';
import type { Layer, WeightsOf } from './part.ts';
import type { Unary } from './sequential.ts';
import { type StackWeights, stack } from './stack.ts';
import type { EncoderLayerForward } from './transformerEncoderLayer.ts';

/** Options of a stack of transformer layers; `N` are the weights of its norm. */
export interface TransformerStackOptions<N = unknown> {
  /** A layer for the output of the last, such as `layerNorm(dModel)`; default none. */
  readonly norm?: Layer<N, Unary> | undefined;
}

/** The names of `TransformerStackOptions`. */
export const transformerStackOptionNames: OptionNames<TransformerStackOptions> = { norm: true };

/** The weights of a stack of transformer layers: `layers` by number, and `norm` where it has any. */
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
  /** Whether each position sees itself and those before alone; default false. */
  readonly isCausal?: boolean | undefined;
}

const callOptionNames: OptionNames<EncoderOptions> = { mask: true, srcKeyPaddingMask: true, isCausal: true };

/** An encoder's function: `src` `[batch, length, dModel]` to the same shape. */
export type EncoderForward = (src: Tensor, options?: EncoderOptions) => Tensor;

/**
 * `numLayers` encoder layers one after another. They are equal in their options, and each starts from weights of
 * its own draw.
 *
 * @throws Error if `numLayers` is not a positive integer
 * @example
 * const encoder = transformerEncoder(transformerEncoderLayer(64, 4), 3, { norm: layerNorm(64) });
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
      const { mask, ...others } = knownOptions('transformerEncoder', given, callOptionNames);
      const encoded = parts.layers(src, { srcMask: mask, ...others });
      return parts.norm === undefined ? encoded : parts.norm(encoded);
    };
  return layer(norm === undefined ? { layers } : { layers, norm }, body as never) as Layer<
    never,
    EncoderForward
  >;
};
