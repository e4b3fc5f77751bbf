/**
 * Training steps, the training loop, data sources and predictions.
 *
 * @module
 */

export { augment } from './augment.ts';
export { type Batches, type BatchOptions, batches, type Dataset } from './batches.ts';
export type { DataInputs } from './dataRows.ts';
export { epochs, type Fitted, fit } from './fit.ts';
export type {
  AbortedEpoch,
  CommonFitOptions,
  CompletedEpoch,
  EpochInfo,
  FitOptions,
  ModelStart,
} from './fitOptions.ts';
export type { Items } from './itemReader.ts';
export type { Best } from './judged.ts';
export type { EpochsOptions, LoopOptions, StepInfo, TrainingStart } from './plan.ts';
export { type Prediction, type PredictOptions, predict } from './predict.ts';
export { predictFromWeights } from './predictFromWeights.ts';
export type { Values } from './progress.ts';
export type { Checkpointing } from './resume.ts';
export type { EpochBatches, Source } from './source.ts';
export { type Shares, split } from './split.ts';
export type { NestedNumbers, Stacked } from './stackRows.ts';
export { type ScaledPrediction, type Standardization, standardize } from './standardize.ts';
export type { Stopping } from './stopping.ts';
export { type StreamOptions, stream } from './stream.ts';
export {
  type AnyTrainStep,
  type AsyncTrainStep,
  type NoLoss,
  type TrainStep,
  trainStep,
  type Updated,
  type UpdateOptions,
} from './trainStep.ts';
export type { Validation } from './validation.ts';
