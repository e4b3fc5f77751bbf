/**
 * Scores of predictions, and decisions from them: proper scores, calibration, intervals, conformal sets.
 *
 * @module
 */

export {
  type Calibration,
  type CalibrationOptions,
  type ClasswiseCalibration,
  calibration,
} from './calibration.ts';
export { effectiveSampleSize, rHat } from './chains.ts';
export * as conformal from './conformal/index.ts';
export { auroc, fpr95 } from './detection.ts';
export { coverage, intervals, sharpness } from './intervals.ts';
export { type PitOptions, pit } from './pit.ts';
export {
  type CrpsOptions,
  crps,
  logScore,
  type MeanAndVariance,
  meanAbsoluteError,
  rmse,
} from './regressionScores.ts';
export { aurc, type RiskCoverage, riskCoverage, type UncertainErrors } from './riskCoverage.ts';
export type { MetricOptions } from './rows.ts';
export { accuracy, brierScore, entropy, negativeLogLikelihood } from './scores.ts';
export {
  type TemperatureScaling,
  type TemperatureScalingOptions,
  temperatureScaling,
} from './temperatureScaling.ts';
