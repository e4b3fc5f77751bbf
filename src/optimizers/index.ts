/**
 * Gradient transformations: Adam, IVON, SGD, weight decay, accumulation and averages, chains of them, and schedules.
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
export type {
  EmptyState,
  GradientTransformation,
  Requirements,
  Transformed,
} from './gradientTransformation.ts';
export { type IvonOptions, type IvonState, ivon } from './ivon.ts';
export { type NamedTransformations, partition } from './partition.ts';
export { type ScaleState, scale } from './scale.ts';
export * as schedule from './schedule.ts';
export { type SgdOptions, type SgdState, sgd, type TraceOptions, type TraceState, trace } from './sgd.ts';
export type { EpochLength, TrainingState } from './trainingState.ts';
