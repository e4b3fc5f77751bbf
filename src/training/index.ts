/**
 * Training steps, the training loop, batches and predictions.
 *
 * @module
 */

export { type Batches, type BatchOptions, batches, type Dataset } from './batches.ts';
export type { DataInputs } from './dataRows.ts';
export { type CommonFitOptions, type FitOptions, type Fitted, fit, type StepInfo } from './fit.ts';
export { type PredictOptions, predict } from './predict.ts';
export type { Values } from './progress.ts';
export type { EpochLength, TrainingState } from './state.ts';
export { type TrainStep, trainStep, type UpdateOptions } from './trainStep.ts';
