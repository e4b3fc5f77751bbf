/**
 * Gradient transformations: Adam, SGD, weight decay, accumulation and averages, chains of them, and schedules.
 *
 * @module
 */

export type { Schedule } from '../check/index.ts';
export { type AccumulateState, accumulate } from './accumulate.ts';
export {
  type AdamOptions,
  type AdamState,
  adam,
  type ScaleByAdamOptions,
  type ScaleByAdamState,
  scaleByAdam,
} from './adam.ts';
export {
  type AdamwOptions,
  type AdamwState,
  type AddDecayedWeightsOptions,
  adamw,
  addDecayedWeights,
} from './adamw.ts';
export { chain, type Transformations } from './chain.ts';
export { clipByGlobalNorm, globalNorm } from './clipByGlobalNorm.ts';
export { type EmaOptions, type EmaState, ema } from './ema.ts';
export type { EmptyState, GradientTransformation, Transformed } from './gradientTransformation.ts';
export { type NamedTransformations, partition } from './partition.ts';
export { type ScaleState, scale } from './scale.ts';
export * as schedule from './schedule.ts';
export { type SgdOptions, type SgdState, sgd, type TraceOptions, type TraceState, trace } from './sgd.ts';
export type { EpochLength, TrainingState } from './trainingState.ts';
