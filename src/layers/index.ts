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
export { predictedNoise } from './predictedNoise.ts';
export { type ResidualWeights, residual } from './residual.ts';
export { type ChainWeights, type Piece, sequential, type Unary } from './sequential.ts';
export { randomKey, variable } from './variable.ts';
