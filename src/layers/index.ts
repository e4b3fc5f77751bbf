export { avgPool1d, avgPool2d, avgPool3d } from './avgPool.ts';
export { type Conv1dOptions, conv1d } from './conv1d.ts';
export { type Conv2dOptions, conv2d } from './conv2d.ts';
export { type Conv3dOptions, conv3d } from './conv3d.ts';
export type {
  ConvolutionOptions,
  ConvolutionWeights,
  ConvolutionWeightsOf,
  ConvolutionWeightsWithoutBias,
} from './convolutionOptions.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './convTranspose2d.ts';
export { type Deterministic, deterministic } from './deterministic.ts';
export { dropout } from './dropout.ts';
export { flatten } from './flatten.ts';
export type { Site } from './fold.ts';
export { type AffineOptions, affine, layer, type VariableSpec } from './layer.ts';
export { type LearnedNoiseOptions, learnedNoise, type NoiseWeights } from './learnedNoise.ts';
export {
  type LinearOptions,
  type LinearWeights,
  type LinearWeightsOf,
  type LinearWeightsWithoutBias,
  linear,
} from './linear.ts';
export { maxPool1d, maxPool2d, maxPool3d } from './maxPool.ts';
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
export { type ResidualWeights, residual } from './residual.ts';
export { type ChainWeights, type Piece, sequential, type Unary } from './sequential.ts';
export { randomKey, variable } from './variable.ts';
