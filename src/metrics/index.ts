export { accuracy } from './accuracy.ts';
export { auroc } from './auroc.ts';
export { brierScore } from './brierScore.ts';
export { type Calibration, type CalibrationOptions, calibration } from './calibration.ts';
export { entropy } from './entropy.ts';
export { negativeLogLikelihood } from './negativeLogLikelihood.ts';
export type { MetricOptions } from './rows.ts';
