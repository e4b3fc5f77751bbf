import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { correct } from './correct.ts';
import { indicator } from './indicator.ts';
import { rowsOf } from './rows.ts';

/** Options of `calibration`. */
export interface CalibrationOptions {
  /** The number of bins, of equal width; default 15. */
  readonly bins?: number;
}

const optionNames: OptionNames<CalibrationOptions> = { bins: true };

/** How well confidence agrees with accuracy, over all and bin by bin. */
export interface Calibration {
  /** The expected calibration error, from 0 to 1; a scalar. */
  readonly ece: tf.Scalar;
  /** Mean probability of the predicted class in each bin, `[bins]`; 0 where there is no row. */
  readonly confidence: tf.Tensor1D;
  /** Fraction of right predictions in each bin, `[bins]`; 0 where there is no row. */
  readonly accuracy: tf.Tensor1D;
  /** Number of rows in each bin, `[bins]`, float32. */
  readonly count: tf.Tensor1D;
}

/** For each row the number of its bin: bin `i` is `(i / bins, (i + 1) / bins]`. */
const binOf = (confidence: tf.Tensor1D, bins: number): tf.Tensor1D =>
  tf.clipByValue(tf.sub(tf.ceil(tf.mul(confidence, bins)), 1), 0, bins - 1);

/**
 * Compares the probability of each row's predicted class with how often such predictions are right. The rows are
 * binned by that probability; the error is the gap between mean probability and accuracy in a bin, averaged
 * over bins by their rows (Guo et al., On calibration of modern neural networks, 2017, eq. 5).
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. NaN if a label is not one of the classes.
 *
 * @throws Error if the shapes do not fit or `bins` is not a positive integer
 * @example
 * const { mean } = predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), images);
 * const { ece, confidence, accuracy, count } = calibration(mean, labels, { bins: 10 });
 */
export const calibration = (
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: CalibrationOptions = {},
): Calibration => {
  const { bins = 15 } = knownOptions('calibration', options, optionNames);
  positiveInteger('calibration: bins', bins);
  return tf.tidy(() => {
    const rows = rowsOf('calibration', probabilities, labels);
    const sure: tf.Tensor1D = tf.max(rows.probabilities, 1);
    const right = correct(rows);
    const member = indicator(binOf(sure, bins), bins);
    const sumIn = (values: tf.Tensor1D): tf.Tensor1D => tf.sum(tf.mul(member, tf.expandDims(values, 1)), 0);
    const [sureIn, rightIn] = [sumIn(sure), sumIn(right)];
    const count: tf.Tensor1D = tf.sum(member, 0);
    const atLeastOne = tf.maximum(count, 1);
    return {
      ece: tf.div(tf.sum(tf.abs(tf.sub(sureIn, rightIn))), sure.size),
      confidence: tf.div(sureIn, atLeastOne),
      accuracy: tf.div(rightIn, atLeastOne),
      count,
    } as unknown as tf.TensorContainerObject;
  }) as unknown as Calibration;
};
