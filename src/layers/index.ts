export type { Attended, Attention, AttentionOptions } from './attend.ts';
export type { AttentionMasks } from './attentionMask.ts';
export type {
  KeyValueBiases,
  PackedProjections,
  ProjectionBiases,
  SeparateProjections,
} from './attentionWeights.ts';
export { avgPool1d, avgPool2d, avgPool3d } from './avgPool.ts';
export { type Conv1dOptions, conv1d } from './conv1d.ts';
export { type Conv2dOptions, conv2d } from './conv2d.ts';
export { type Conv3dOptions, conv3d } from './conv3d.ts';
export type {
  ConvolutionOptions,
  ConvolutionWeights,
  ConvolutionWeightsOf,
} from './convolutionOptions.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './convTranspose2d.ts';
export { type Deterministic, deterministic } from './deterministic.ts';
export { dropout } from './dropout.ts';
export { type EmbeddingOptions, type EmbeddingWeights, embedding } from './embedding.ts';
export { type FlattenOptions, flatten } from './flatten.ts';
export { type GeluOptions, gelu } from './gelu.ts';
export { type GroupNormOptions, type GroupNormWeightsOf, groupNorm } from './groupNorm.ts';
export { gru } from './gru.ts';
export { type AffineOptions, affine, layer, type VariableSpec } from './layer.ts';
export { type LayerNormOptions, type LayerNormWeightsOf, layerNorm } from './layerNorm.ts';
export { type LearnedNoiseOptions, learnedNoise, type NoiseWeights } from './learnedNoise.ts';
export {
  type LinearOptions,
  type LinearWeights,
  type LinearWeightsOf,
  linear,
} from './linear.ts';
export { lstm } from './lstm.ts';
export { maxPool1d, maxPool2d, maxPool3d } from './maxPool.ts';
export {
  type MultiheadAttentionOptions,
  type MultiheadAttentionWeightsOf,
  multiheadAttention,
} from './multiheadAttention.ts';
export type { NormWeights } from './normWeights.ts';
export type { PaddingMode } from './padding.ts';
export type {
  Forward,
  Inherit,
  Layer,
  Only,
  Part,
  PartsOf,
  RandomKey,
  Resolved,
  Slot,
  Spec,
  Variable,
  VariableOptions,
  Weight,
  WeightOptions,
  WeightsOf,
  WithOptions,
} from './part.ts';
export type { PoolingOptions } from './pooling.ts';
export { predictedNoise } from './predictedNoise.ts';
export type { Recurred, RecurrentForward, RecurrentOptions, State } from './recurrent.ts';
export type { RecurrentBiases, RecurrentMatrices, RecurrentWeightsOf } from './recurrentWeights.ts';
export { type ResidualWeights, residual } from './residual.ts';
export type { Network, ResolvedPart, Site } from './resolve.ts';
export { type RmsNormOptions, type RmsNormWeightsOf, rmsNorm } from './rmsNorm.ts';
export type { AffineLayer, Handler, WeightOf } from './run.ts';
export { type ChainWeights, type Piece, sequential, type Unary } from './sequential.ts';
export { silu } from './silu.ts';
export type { StackWeights } from './stack.ts';
export {
  type TransformerCallOptions,
  type TransformerForward,
  type TransformerOptions,
  type TransformerWeightsOf,
  transformer,
} from './transformer.ts';
export type { TransformerLayerOptions } from './transformerBlock.ts';
export { transformerDecoder } from './transformerDecoder.ts';
export {
  type DecoderLayerForward,
  type DecoderLayerOptions,
  type DecoderLayerWeights,
  type DecoderLayerWeightsOf,
  transformerDecoderLayer,
} from './transformerDecoderLayer.ts';
export {
  type EncoderForward,
  type EncoderOptions,
  type TransformerStackOptions,
  type TransformerStackWeights,
  transformerEncoder,
} from './transformerEncoder.ts';
export {
  type EncoderLayerForward,
  type EncoderLayerOptions,
  type EncoderLayerWeights,
  type EncoderLayerWeightsOf,
  transformerEncoderLayer,
} from './transformerEncoderLayer.ts';
export { randomKey, variable } from './variable.ts';
