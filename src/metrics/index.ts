export { auroc } from './auroc.ts';
export { type Calibration, type CalibrationOptions, calibration } from './calibration.ts';
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
export type { MetricOptions } from './rows.ts';
export { accuracy, brierScore, entropy, negativeLogLikelihood } from './scores.ts';
