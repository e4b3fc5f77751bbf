/**
 * The layer algebra and the built-in layers.
 *
 * @module
 */

export { type GeluOptions, gelu, silu } from './activations.ts';
export type { Attended, Attention, AttentionOptions } from './attention/attend.ts';
export type { AttentionMasks } from './attention/mask.ts';
export {
  type MultiheadAttentionOptions,
  type MultiheadAttentionWeightsOf,
  multiheadAttention,
} from './attention/multiheadAttention.ts';
export type {
  KeyValueBiases,
  PackedProjections,
  ProjectionBiases,
  SeparateProjections,
} from './attention/weights.ts';
export {
  type BatchNormOptions,
  type BatchNormWeightsOf,
  batchNorm,
  type RunningMoments,
} from './batchNorm.ts';
export {
  type ChainWeights,
  type Piece,
  type ResidualWeights,
  residual,
  sequential,
} from './composition.ts';
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type Conv3dOptions,
  conv1d,
  conv2d,
  conv3d,
} from './convolution/convolution.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './convolution/convTranspose2d.ts';
export type {
  ConvolutionOptions,
  ConvolutionWeights,
  ConvolutionWeightsOf,
} from './convolution/options.ts';
export type { PaddingMode } from './convolution/padding.ts';
export { type Deterministic, deterministic } from './core/deterministic.ts';
export { type AffineOptions, affine, layer, type VariableSpec } from './core/layer.ts';
export type {
  Forward,
  Inherit,
  Layer,
  Only,
  Part,
  PartsOf,
  RandomKey,
  Recorder,
  Resolved,
  Slot,
  Spec,
  Statistic,
  StatisticSlot,
  Unary,
  Variable,
  VariableOptions,
  Weight,
  WeightOptions,
  WeightsOf,
  WithNamed,
  WithOptions,
  WithoutBiases,
} from './core/part.ts';
export type { Network, ResolvedPart, Site, StatisticSite } from './core/resolve.ts';
export type { AffineLayer, Handler, WeightOf } from './core/run.ts';
export { randomKey, type StatisticOptions, statistic, variable } from './core/variable.ts';
export { dropout } from './dropout.ts';
export { type EmbeddingOptions, type EmbeddingWeights, embedding } from './embedding.ts';
export { type FlattenOptions, flatten } from './flatten.ts';
export {
  type LinearOptions,
  type LinearWeights,
  type LinearWeightsOf,
  linear,
} from './linear.ts';
export { type LearnedNoiseOptions, learnedNoise, type NoiseWeights, predictedNoise } from './noise.ts';
export type { NormWeights } from './normalization.ts';
export {
  type GroupNormOptions,
  type GroupNormWeightsOf,
  groupNorm,
  type LayerNormOptions,
  type LayerNormWeightsOf,
  layerNorm,
  type RmsNormOptions,
  type RmsNormWeightsOf,
  rmsNorm,
} from './normalization.ts';
export type { PoolingOptions } from './pooling.ts';
export { avgPool1d, avgPool2d, avgPool3d, maxPool1d, maxPool2d, maxPool3d } from './pooling.ts';
export type {
  Recurred,
  RecurrentBiases,
  RecurrentForward,
  RecurrentMatrices,
  RecurrentOptions,
  RecurrentVariables,
  RecurrentWeightsOf,
  State,
} from './recurrent.ts';
export { gru, lstm } from './recurrent.ts';
export type { StackWeights, TransformerLayerOptions } from './transformer/block.ts';
export {
  type DecoderLayerForward,
  type DecoderLayerOptions,
  type DecoderLayerWeights,
  type DecoderLayerWeightsOf,
  transformerDecoder,
  transformerDecoderLayer,
} from './transformer/decoder.ts';
export {
  type EncoderForward,
  type EncoderLayerForward,
  type EncoderLayerOptions,
  type EncoderLayerWeights,
  type EncoderLayerWeightsOf,
  type EncoderOptions,
  type TransformerStackOptions,
  type TransformerStackWeights,
  transformerEncoder,
  transformerEncoderLayer,
} from './transformer/encoder.ts';
export {
  type TransformerCallOptions,
  type TransformerForward,
  type TransformerOptions,
  type TransformerWeightsOf,
  transformer,
} from './transformer/transformer.ts';
