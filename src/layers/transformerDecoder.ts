import { knownOptions, positiveInteger } from '../check/index.ts';
import { layer } from './layer.ts';
import type { Layer } from './part.ts';
import type { Unary } from './sequential.ts';
import { stack } from './stack.ts';
import { type DecoderLayerForward, decoderLayerOptionNames } from './transformerDecoderLayer.ts';
import {
  type TransformerStackOptions,
  type TransformerStackWeights,
  transformerStackOptionNames,
} from './transformerEncoder.ts';

/**
 * `numLayers` decoder layers one after another, all with the same memory. They are equal in their options, and each
 * starts from weights of its own draw.
 *
 * @throws Error if `numLayers` is not a positive integer
 * @example
 * const decoder = transformerDecoder(transformerDecoderLayer(64, 4), 3, { norm: layerNorm(64) });
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
