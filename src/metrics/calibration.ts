import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { map, tidied } from '../tree/index.ts';
import { prefixSums, sort, ties } from './ranking.ts';
import {
  allSound,
  correct,
  flag,
  indicator,
  labelledRows,
  type MetricOptions,
  metricOptions,
  type Rows,
} from './rows.ts';

/** Options of `calibration`. */
export interface CalibrationOptions extends MetricOptions {
  /** The number of bins; default 15. */
  readonly bins?: number;
  /**
   * Whether the bins hold equally many rows, and not equal widths of confidence; default false. Rows of the same
   * confidence share a bin.
   */
  readonly adaptive?: boolean;
  /** Whether every class's probability is measured, and not only that of the predicted class; default false. */
  readonly classwise?: boolean;
}

const names: OptionNames<CalibrationOptions> = {
  bins: true,
  adaptive: true,
  classwise: true,
  multiLabel: true,
};

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
  /** With `adaptive`, the confidences between which each bin lies, `[bins + 1]`, from 0 to 1. */
  readonly edges?: tf.Tensor1D;
}

/** How well the probability of each class agrees with its frequency. */
export interface ClasswiseCalibration {
  /** The mean of `classEce`; a scalar. */
  readonly ece: tf.Scalar;
  /** The calibration error of each class's probability, `[classes]`. */
  readonly classEce: tf.Tensor1D;
  /** Mean probability of the class in each bin, `[classes, bins]`; 0 for an empty bin. */
  readonly confidence: tf.Tensor2D;
  /** Fraction of rows of the class in each bin, `[classes, bins]`; 0 for an empty bin. */
  readonly accuracy: tf.Tensor2D;
  /** Number of rows in each bin, `[classes, bins]`, float32. */
  readonly count: tf.Tensor2D;
  /** With `adaptive`, the probabilities between which each bin lies, `[classes, bins + 1]`, from 0 to 1. */
  readonly edges?: tf.Tensor2D;
}

/** The bin index of each row: bin `i` is `(i / bins, (i + 1) / bins]`. */
const equalWidth = (confidence: tf.Tensor1D, bins: number): tf.Tensor1D =>
  tf.clipByValue(tf.sub(tf.ceil(tf.mul(confidence, bins)), 1), 0, bins - 1);

/** The bin index of each row by its rank, averaged over ties: each bin has as many ranks, give or take one. */
const equalMass = (confidence: tf.Tensor1D, bins: number): tf.Tensor1D => {
  const { below, upTo } = ties(sort(confidence).ascending, confidence);
  const twice = tf.add(tf.cast(below, 'float32'), tf.cast(upTo, 'float32'));
  // Half a unit keeps a division that is a little too small out of the bin below.
  const place: tf.Tensor1D = tf.div(tf.add(tf.mul(twice, bins), 0.5), 2 * confidence.size);
  return tf.clipByValue(tf.floor(place), 0, bins - 1);
};

/** The edges of bins of `count` rows: half way between the greatest confidence of one and the least of the next. */
const massEdges = (confidence: tf.Tensor1D, count: tf.Tensor1D): tf.Tensor1D => {
  const { ascending } = sort(confidence);
  const [least, greatest] = [tf.slice(ascending, 0, 1), tf.slice(ascending, confidence.size - 1, 1)];
  // Mirrored at 0 and 1, so that these are the outermost edges.
  const around = tf.concat([tf.neg(least), ascending, tf.sub(2, greatest)]);
  const n = confidence.size + 1;
  const middles: tf.Tensor1D = tf.div(tf.add(tf.slice(around, 0, n), tf.slice(around, 1, n)), 2);
  return tf.gather(middles, tf.cast(prefixSums(count), 'int32'));
};

/** Compares confidences with outcomes, which are 0 or 1. */
const binned = (
  confidence: tf.Tensor1D,
  outcome: tf.Tensor1D,
  bins: number,
  adaptive: boolean,
): Calibration => {
  const member = indicator((adaptive ? equalMass : equalWidth)(confidence, bins), bins);
  const sumIn = (values: tf.Tensor1D): tf.Tensor1D => tf.sum(tf.mul(member, tf.expandDims(values, 1)), 0);
  const [sureIn, rightIn] = [sumIn(confidence), sumIn(outcome)];
  const count: tf.Tensor1D = tf.sum(member, 0);
  const atLeastOne = tf.maximum(count, 1);
  return {
    ece: tf.div(tf.sum(tf.abs(tf.sub(sureIn, rightIn))), confidence.size),
    confidence: tf.div(sureIn, atLeastOne),
    accuracy: tf.div(rightIn, atLeastOne),
    count,
    ...(adaptive && { edges: massEdges(confidence, count) }),
  };
};

/** The results of every class, stacked. */
const classes = ({ probabilities, targets }: Rows, bins: number, adaptive: boolean) => {
  const column = (x: tf.Tensor2D, at: number): tf.Tensor1D => tf.reshape(tf.slice(x, [0, at], [-1, 1]), [-1]);
  const each = Array.from({ length: probabilities.shape[1] }, (_, at) =>
    tidied(() => binned(column(probabilities, at), column(targets, at), bins, adaptive)),
  );
  const stack = (name: keyof Calibration): tf.Tensor =>
    tf.stack(each.flatMap(({ [name]: values }) => (values === undefined ? [] : [values])));
  const classEce = stack('ece');
  return {
    ece: tf.mean(classEce),
    classEce,
    confidence: stack('confidence'),
    accuracy: stack('accuracy'),
    count: stack('count'),
    ...(adaptive && { edges: stack('edges') }),
  };
};

/**
 * Compares the probability of each row's predicted class with how often such predictions are correct. Rows are binned by
 * that probability; the error is the gap between mean probability and accuracy in a bin, averaged over bins weighted by
 * their rows (Guo et al., On calibration of modern neural networks, 2017, eq. 5).
 *
 * Probabilities `[batch, classes]`, labels `[batch]`. For binary outputs, `[batch, 1]` or with `multiLabel` any
 * `[batch, outputs]` (labels of that shape, zeros and ones), each number counts as a row, with a confidence of `p` or
 * `1 - p`, whichever is greater.
 *
 * Confidences often crowd near 1, where bins of equal width are coarse. `adaptive` bins hold equally many rows (Nguyen &
 * O'Connor, Posterior calibration and exploratory analysis for natural language processing models, 2015). `classwise`
 * measures the probability of every class, and averages the classes' errors (Kull et al., Beyond temperature scaling,
 * 2019); with `adaptive`, that is the adaptive calibration error of Nixon et al., Measuring calibration in deep learning,
 * 2019.
 *
 * @throws Error if the shapes do not fit, `bins` is not a positive integer, or `adaptive` or `classwise` neither true nor
 * false, and where values can be read for invalid probabilities (logits, NaN) or labels; elsewhere (on a GPU, inside
 * `vmap`) the results are NaN
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const { mean } = run(params, random.key(1), images);
 * const { ece, confidence, accuracy, count } = calibration(mean, labels, { bins: 10 });
 * const { classEce } = calibration(mean, labels, { classwise: true, adaptive: true });
 * console.log(classEce.shape); // [10]
 */
export function calibration(
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options?: CalibrationOptions & { readonly classwise?: false },
): Calibration;
export function calibration(
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: CalibrationOptions & { readonly classwise: true },
): ClasswiseCalibration;
export function calibration(
  probabilities: tf.Tensor,
  labels: tf.Tensor,
  options: CalibrationOptions = {},
): Calibration | ClasswiseCalibration {
  const { bins = 15, adaptive, classwise, ...others } = knownOptions('calibration', options, names);
  positiveInteger('calibration: bins', bins);
  const [byMass, byClass] = [
    flag('calibration: adaptive', adaptive),
    flag('calibration: classwise', classwise),
  ];
  return tidied(() => {
    const rows = labelledRows('calibration', probabilities, labels, metricOptions('calibration', others));
    const sound = allSound(rows.sound);
    const found = byClass
      ? classes(rows, bins, byMass)
      : binned(tf.max(rows.probabilities, 1), correct(rows), bins, byMass);
    return map((x) => tf.mul(x, sound))(found) as Calibration | ClasswiseCalibration;
  });
}
