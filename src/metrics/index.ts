/**
 * Scores of predictions: accuracy, calibration, proper scores.
 *
 * @module
 */

export { auroc } from './auroc.ts';
export { type Calibration, type CalibrationOptions, calibration } from './calibration.ts';
export type { MetricOptions } from './rows.ts';
export { accuracy, brierScore, entropy, negativeLogLikelihood } from './scores.ts';
