import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { tidied } from '../tree/index.ts';
import { allSound, correct, indicator, labelledRows, type MetricOptions, metricOptions } from './rows.ts';

/** Options of `calibration`. */
export interface CalibrationOptions extends MetricOptions {
  /** The number of bins, of equal width; default 15. */
  readonly bins?: number;
}

const names: OptionNames<CalibrationOptions> = { bins: true, multiLabel: true };

/** How well confidence agrees with accuracy, overall and by bin. */
export interface Calibration {
  /** The expected calibration error, from 0 to 1; a scalar. */
  readonly ece: tf.Scalar;
  /** Mean probability of the predicted class in each bin, `[bins]`; 0 for an empty bin. */
  readonly confidence: tf.Tensor1D;
  /** Fraction of correct predictions in each bin, `[bins]`; 0 for an empty bin. */
  readonly accuracy: tf.Tensor1D;
  /** Number of rows in each bin, `[bins]`, float32. */
  readonly count: tf.Tensor1D;
}

/** The bin index of each row: bin `i` is `(i / bins, (i + 1) / bins]`. */
const binIndex = (confidence: tf.Tensor1D, bins: number): tf.Tensor1D =>
  tf.clipByValue(tf.sub(tf.ceil(tf.mul(confidence, bins)), 1), 0, bins - 1);

/**
 * Compares the probability of each row's predicted class with how often such predictions are correct. Rows are binned by
 * that probability; the error is the gap between mean probability and accuracy in a bin, averaged over bins weighted by
 * their rows (Guo et al., On calibration of modern neural networks, 2017, eq. 5).
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. For binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row, with a confidence of `p` or
 * `1 - p`, whichever is greater.
 *
 * @throws Error if the shapes do not fit or `bins` is not a positive integer, and where values can be read for invalid
 * probabilities (logits, NaN) or labels; elsewhere (on a GPU, inside `vmap`) the results are NaN
 * @example
 * const { mean } = predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), images);
 * const { ece, confidence, accuracy, count } = calibration(mean, labels, { bins: 10 });
 */
export const calibration = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: CalibrationOptions = {},
): Calibration => {
  const { bins = 15, ...others } = knownOptions('calibration', options, names);
  positiveInteger('calibration: bins', bins);
  return tidied((): Calibration => {
    const rows = labelledRows('calibration', probabilities, labels, metricOptions('calibration', others));
    const sound = allSound(rows.sound);
    const sure: tf.Tensor1D = tf.max(rows.probabilities, 1);
    const right = correct(rows);
    const member = indicator(binIndex(sure, bins), bins);
    const sumIn = (values: tf.Tensor1D): tf.Tensor1D => tf.sum(tf.mul(member, tf.expandDims(values, 1)), 0);
    const [sureIn, rightIn] = [sumIn(sure), sumIn(right)];
    const count: tf.Tensor1D = tf.mul(tf.sum(member, 0), sound);
    const atLeastOne = tf.maximum(count, 1);
    return {
      ece: tf.mul(tf.div(tf.sum(tf.abs(tf.sub(sureIn, rightIn))), sure.size), sound),
      confidence: tf.mul(tf.div(sureIn, atLeastOne), sound),
      accuracy: tf.mul(tf.div(rightIn, atLeastOne), sound),
      count,
    };
  });
};
