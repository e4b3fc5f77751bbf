import * as tf from '@tensorflow/tfjs-core';
import {
  argMax,
  cast,
  equal,
  expandDims,
  log,
  maximum,
  mul,
  range,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import { peekValues } from '../distributions/peekValues.ts';
import { customGrad } from '../ops/customGrad.ts';
import { dispose, isTensor } from '../tree/index.ts';

/** Options of the metrics. */
export interface MetricOptions {
  /**
   * Whether each number of the last axis is an independent probability of a one, as for `bernoulli`, and not that of one
   * class among others; default false, unless the axis has one number.
   */
  readonly multiLabel?: boolean;
}

const names: OptionNames<MetricOptions> = { multiLabel: true };

/** Predictions and labels with all axes but the classes' flattened; a binary output is a row of two classes. */
export interface Rows {
  /** Class probabilities, `[rows, classes]`. */
  readonly probabilities: tf.Tensor2D;
  /** A one in each row's class and zeros elsewhere, `[rows, classes]`. */
  readonly targets: tf.Tensor2D;
  /** 1 for each row, `[rows]`, or NaN for an invalid row that could not be read: no result rather than a wrong one. */
  readonly sound: tf.Tensor1D;
}

/** How far rounding, of a mean or of a difference from 1, may exceed the range from 0 to 1. */
const RANGE_TOLERANCE = 1e-5;

/** How far the sum of a row may be from 1. Probabilities stored as float16 are each off by up to 2^-11, which is 0.0005. */
const SUM_TOLERANCE = 1e-3;

/**
 * The probabilities, if they are a tensor with classes on its last axis.
 *
 * @throws Error naming `fn` otherwise
 */
const checkProbabilities = (fn: string, probabilities: unknown): tf.Tensor =>
  isTensor(probabilities) && probabilities.rank >= 1 && probabilities.size > 0
    ? tf.cast(probabilities, 'float32')
    : invalidArgument(`${fn}: probabilities`, 'a tensor of shape [batch, classes], not empty', probabilities);

const both = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.cast(tf.logicalAnd(a, b), 'float32');

/** 1 for each element that is not NaN, else 0. On some GPUs a comparison with NaN may be true. */
const notNaN = (x: tf.Tensor): tf.Tensor => tf.cast(tf.logicalNot(tf.isNaN(x)), 'float32');

const isProbability = (p: tf.Tensor): tf.Tensor =>
  tf.mul(notNaN(p), both(tf.greaterEqual(p, -RANGE_TOLERANCE), tf.lessEqual(p, 1 + RANGE_TOLERANCE)));

const sumsToOne = (p: tf.Tensor2D): tf.Tensor1D => {
  const sums = tf.sum(p, 1);
  return tf.mul(notNaN(sums), tf.cast(tf.lessEqual(tf.abs(tf.sub(sums, 1)), SUM_TOLERANCE), 'float32'));
};

/** A check without a gradient. */
const checking = (check: (x: tf.Tensor2D) => tf.Tensor1D): ((x: tf.Tensor2D) => tf.Tensor1D) =>
  customGrad((x: tf.Tensor2D) => ({
    value: check(x),
    saved: [x],
    gradient: (_, [of]) => tf.zerosLike(of),
  }));

const areProbabilities = checking((p) => tf.min(isProbability(p), 1));
const areDistributions = checking((p) => tf.mul(tf.min(isProbability(p), 1), sumsToOne(p)));
const areNumbers = checking((p) => tf.min(notNaN(p), 1));

/**
 * Turns 1 or 0 for each row into 1, or NaN for a 0 that cannot be read.
 *
 * @throws Error by `refuse` for the first row with 0, if it can be read
 */
export const soundness = (fits: tf.Tensor1D, refuse: (row: number) => never): tf.Tensor1D => {
  if (peekValues(tf.min(fits)).includes(0)) refuse(peekValues(fits).indexOf(0));
  return tf.div(fits, fits);
};

/** 1, or NaN if one of the rows is invalid; a mean would lose precision for many rows. */
export const allSound = (sound: tf.Tensor1D): tf.Scalar => tf.add(tf.sum(tf.sub(sound, 1)), 1);

const rowAt = (x: tf.Tensor2D, row: number): readonly number[] => peekValues(tf.slice(x, row, 1));

/** Checks probabilities of any number of classes, `[rows, classes]`, or of binary outputs `[rows, 1]`. */
const soundProbabilities = (fn: string, p: tf.Tensor2D): tf.Tensor1D =>
  p.shape[1] === 1
    ? soundness(areProbabilities(p), (row) =>
        invalidArgument(`${fn}: probabilities`, 'from 0 to 1 (apply tf.sigmoid to logits)', rowAt(p, row)[0]),
      )
    : soundness(areDistributions(p), (row) =>
        invalidArgument(
          `${fn}: row ${row} of the probabilities`,
          'from 0 to 1 with a sum of 1 (apply tf.softmax to logits)',
          rowAt(p, row),
        ),
      );

/** Checks scores of classes, which may be logits: all but NaN can be compared. */
const soundScores = (fn: string, p: tf.Tensor2D): tf.Tensor1D =>
  soundness(areNumbers(p), (row) =>
    invalidArgument(`${fn}: row ${row} of the probabilities`, 'numbers', rowAt(p, row)),
  );

/** Each number as the second of two class probabilities, `[rows, 2]`. */
const twoClasses = (p: tf.Tensor): tf.Tensor2D => {
  const ones = tf.reshape(tf.clipByValue(p, 0, 1), [-1, 1]);
  return tf.concat([tf.sub(1, ones), ones], 1) as tf.Tensor2D;
};

/** Binary outputs, one per row. */
const binaryRows = (fn: string, given: tf.Tensor, labels: tf.Tensor): Rows => {
  const p = tf.reshape(given, [-1, 1]) as tf.Tensor2D;
  const y = tf.cast(tf.reshape(labels, [-1]), 'float32') as tf.Tensor1D;
  const ofLabels = soundness(tf.cast(tf.logicalOr(tf.equal(y, 0), tf.equal(y, 1)), 'float32'), (row) =>
    invalidArgument(`${fn}: labels of binary outputs`, 'zeros and ones', peekValues(y)[row]),
  );
  return {
    probabilities: twoClasses(p),
    targets: twoClasses(y),
    sound: tf.mul(soundProbabilities(fn, p), ofLabels),
  };
};

const classRows = (fn: string, given: tf.Tensor, labels: tf.Tensor, scores: boolean): Rows => {
  const classes = given.shape.at(-1) as number;
  const p = tf.reshape(given, [-1, classes]) as tf.Tensor2D;
  const targets = indicator(tf.reshape(labels, [-1]), classes);
  const ofLabels = soundness(tf.sum(targets, 1), (row) =>
    invalidArgument(
      `${fn}: labels`,
      `class labels, integers from 0 to ${classes - 1}`,
      peekValues(tf.reshape(labels, [-1]))[row],
    ),
  );
  const ofProbabilities = (scores ? soundScores : soundProbabilities)(fn, p);
  // Rounding may exceed 1, where the log would be positive.
  return {
    probabilities: scores ? p : tf.clipByValue(p, 0, 1),
    targets,
    sound: tf.mul(ofProbabilities, ofLabels),
  };
};

/**
 * Predictions and labels in rows, for metrics that take both. Labels `[batch]` are classes, for probabilities `[batch,
 * classes]`. For binary outputs, a single one `[batch, 1]` or any number with `multiLabel`, labels are zeros and ones of
 * that shape, or `[batch]` for a single one. With `scores`, any scores are accepted for classes instead of probabilities.
 *
 * @throws Error naming `fn` if shapes do not fit or, where values can be read, for invalid probabilities or labels
 */
export const labelledRows = (
  fn: string,
  given: tf.Tensor,
  labels: tf.Tensor,
  options: MetricOptions,
  { scores = false }: { readonly scores?: boolean } = {},
): Rows => {
  const p = checkProbabilities(fn, given);
  const { multiLabel } = options;
  const rows = p.shape.slice(0, -1);
  const shape = isTensor(labels) ? labels.shape : undefined;
  const [likeRows, likeOutputs] = [rows, p.shape].map(
    (each) => shape !== undefined && sameShape(shape, each),
  );
  const single = p.shape.at(-1) === 1;
  if (likeOutputs ? multiLabel || single : likeRows && single) return binaryRows(fn, p, labels);
  if (likeRows && !multiLabel) return classRows(fn, p, labels, scores);
  const wanted = `a tensor of class labels of shape [${rows.join(', ')}]`;
  if (likeOutputs) {
    invalidArgument(
      `${fn}: labels`,
      `${wanted}, such as tf.argMax(labels, -1) of one-hot labels ({ multiLabel: true } scores each output separately)`,
      labels,
    );
  }
  return invalidArgument(
    `${fn}: labels`,
    multiLabel ? `zeros and ones of shape [${p.shape.join(', ')}]` : wanted,
    labels,
  );
};

/**
 * Probabilities with classes on the last axis, for metrics of probabilities alone; binary outputs become two classes. A
 * row of invalid probabilities that cannot be read is NaN.
 *
 * @throws Error naming `fn` for invalid probabilities that can be read
 */
export const classProbabilities = (
  fn: string,
  given: tf.Tensor,
  { multiLabel }: MetricOptions,
): tf.Tensor => {
  const p = checkProbabilities(fn, given);
  const binary = multiLabel || p.shape.at(-1) === 1;
  const rows = tf.reshape(p, [-1, binary ? 1 : (p.shape.at(-1) as number)]) as tf.Tensor2D;
  const sound = tf.expandDims(soundProbabilities(fn, rows), 1);
  const classes = tf.mul(binary ? twoClasses(rows) : tf.clipByValue(rows, 0, 1), sound);
  return tf.reshape(classes, binary ? [...p.shape, 2] : p.shape);
};

/**
 * The value of an option that is true or false; false if it is left out.
 *
 * @throws Error naming the option for another value
 */
export const flag = (argument: string, value: unknown): boolean =>
  value === undefined || typeof value === 'boolean'
    ? value === true
    : invalidArgument(argument, 'true or false', value);

/**
 * The options, checked.
 *
 * @throws Error naming `fn` and the option otherwise
 */
export const metricOptions = (fn: string, options: MetricOptions): MetricOptions => {
  flag(`${fn}: multiLabel`, knownOptions(fn, options, names).multiLabel);
  return options;
};

/** For each row 1 if its most probable class is its label, else 0; NaN for an invalid row. */
export const correct = ({ probabilities, targets, sound }: Rows): Tensor1D =>
  mul(sum(mul(indicator(argMax(probabilities, 1), probabilities.shape[1]), targets), 1), sound);

/**
 * One-hot rows `[n, count]` of indices `[n]`. (Unlike `tf.oneHot` it takes a count of one, and an invalid index gives a
 * row of zeros on every backend.)
 */
export const indicator = (indices: Tensor, count: number): Tensor2D =>
  cast(equal(cast(expandDims(indices, 1), 'float32'), range(0, count)), 'float32');

/** The smallest normal float32, with log -87.34: the lower bound of probabilities in a log. */
export const SMALLEST = 2 ** -126;

/** The natural logarithm of probabilities, bounded below at the smallest normal float32. */
export const boundedLog = (probabilities: Tensor): Tensor => log(maximum(probabilities, SMALLEST));

/** Reads the values of tensors, and disposes these. */
export const takeValues = (tensors: readonly Tensor[]): Promise<readonly tf.TypedArray[]> =>
  Promise.all(tensors.map((tensor) => tensor.data())).finally(() => dispose(tensors));
