import * as tf from '@tensorflow/tfjs-core';
import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
  sameShape,
} from '../../check/index.ts';
import type { Interval } from '../../distributions/index.ts';
import { isTensor, tidied } from '../../tree/index.ts';
import { flag } from '../rows.ts';
import { checkLevel, thresholds } from './thresholds.ts';

const checkOutputs = (argument: string, value: unknown, shape?: readonly number[]): tf.Tensor => {
  const fits =
    isTensor(value) && (shape === undefined ? [1, 2].includes(value.rank) : sameShape(value.shape, shape));
  if (fits && value.size > 0) return tf.cast(value, 'float32');
  const wanted = shape === undefined ? '[rows] or [rows, outputs], not empty' : `[${shape.join(', ')}]`;
  return invalidArgument(argument, `a tensor of shape ${wanted}`, value);
};

/** As rows with a column for each output. */
const inColumns = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [x.shape[0] as number, -1]);

const checkMargins = (argument: string, margins: readonly number[]): readonly number[] =>
  Array.isArray(margins) && margins.length > 0 && margins.every(Number.isFinite)
    ? margins
    : invalidArgument(argument, 'a finite number for each output', margins);

/** The margins as a tensor that broadcasts against outputs `[rows]` or `[rows, outputs]`. */
const marginTensor = (fn: string, margins: readonly number[], outputs: tf.Tensor): tf.Tensor => {
  const columns = outputs.shape[1] ?? 1;
  if (columns !== margins.length) {
    invalidArgument(`${fn}: the prediction`, `of ${margins.length} outputs, as it was fitted to`, columns);
  }
  return tf.tensor1d([...margins]);
};

/** Options of `conformal.regression`. */
export interface RegressionOptions {
  /** The probability with which an interval holds its target, such as 0.9. */
  readonly level: number;
  /** Whether intervals are as wide as the prediction is uncertain, and not equally wide; default false. */
  readonly normalized?: boolean;
  /** The margins that were fitted, to make the intervals again. */
  readonly margins?: readonly number[];
}

const regressionNames: OptionNames<RegressionOptions> = { level: true, normalized: true, margins: true };

/** A prediction of numbers: the mean and, for `normalized`, the variance; the result of `predict` is one. */
export interface RegressionPrediction {
  /** `[rows]` or `[rows, outputs]`. */
  readonly mean: tf.Tensor;
  /** The variances as `total`, of the same shape. */
  readonly uncertainty?: { readonly total: tf.Tensor };
}

const regressionKinds: FieldKinds<RegressionPrediction> = { mean: 'value', uncertainty: 'object?' };

/** Intervals around predicted means. */
export interface RegressionIntervals {
  readonly level: number;
  readonly normalized: boolean;
  /** Half the width of the intervals of each output, in its unit; with `normalized`, in standard deviations. */
  readonly margins: readonly number[];
  /** The intervals of new predictions. */
  readonly apply: (prediction: RegressionPrediction) => Interval;
}

/** The mean, and what a margin of 1 is in it. */
const center = (fn: string, prediction: RegressionPrediction, normalized: boolean) => {
  const { mean: given, uncertainty } = knownFields(`${fn}: the prediction`, prediction, regressionKinds);
  const mean = checkOutputs(`${fn}: mean`, given);
  if (!normalized) return { mean, unit: tf.onesLike(mean) };
  if (uncertainty === undefined) {
    return invalidArgument(
      `${fn}: uncertainty, with normalized,`,
      'a record with the variances as total',
      uncertainty,
    );
  }
  return { mean, unit: tf.sqrt(checkOutputs(`${fn}: uncertainty.total`, uncertainty.total, mean.shape)) };
};

const aroundMean = (level: number, normalized: boolean, margins: readonly number[]): RegressionIntervals => ({
  level,
  normalized,
  margins,
  apply: (prediction) =>
    tidied(() => {
      const { mean, unit } = center('conformal.regression', prediction, normalized);
      const margin = tf.mul(marginTensor('conformal.regression', margins, mean), unit);
      return { lower: tf.sub(mean, margin), upper: tf.add(mean, margin) };
    }),
});

/**
 * Prediction intervals that hold a new target with a probability of at least `level`, whatever the model: split conformal
 * prediction (Vovk et al., Algorithmic learning in a random world, 2005; Lei et al., Distribution-free predictive
 * inference for regression, 2018). They are fitted to predictions of validation rows that the model was not trained on;
 * the guarantee is for new rows of the same distribution, on average over validation sets. Of n validation rows, the
 * margin is the `ceil((n + 1) level)`-th smallest absolute error; with `normalized`, errors and margins are in predicted
 * standard deviations. Each output has intervals of its own.
 *
 * Fitting returns a promise. Its plain numbers (`JSON.stringify` keeps them) are options that make the intervals again, at
 * once.
 *
 * @throws Error for a level outside 0 to 1, or margins that are not numbers; fitting rejects if the shapes do not fit, for
 * errors that are not finite, and for fewer than `level / (1 - level)` rows, of which no finite interval follows
 * @example
 * const mean = random.normal(random.key(0), [200]);
 * const targets = tf.add(mean, random.normal(random.key(1), [200]));
 * const intervals = await conformal.regression({ level: 0.9 })({ mean }, targets);
 * const { lower, upper } = intervals.apply({ mean: tf.tensor1d([0, 5]) });
 * console.log(intervals.margins.length, lower.shape, upper.shape); // 1 [2] [2]
 * const again = conformal.regression(JSON.parse(JSON.stringify(intervals)));
 */
export function regression(
  options: RegressionOptions & { readonly margins: readonly number[] },
): RegressionIntervals;
export function regression(
  options: RegressionOptions,
): (prediction: RegressionPrediction, targets: tf.Tensor) => Promise<RegressionIntervals>;
export function regression(options: RegressionOptions) {
  const fn = 'conformal.regression';
  const given = knownOptions(fn, options, regressionNames);
  const level = checkLevel(fn, given.level);
  const normalized = flag(`${fn}: normalized`, given.normalized);
  if (given.margins !== undefined) {
    return aroundMean(level, normalized, checkMargins(`${fn}: margins`, given.margins));
  }
  return async (prediction: RegressionPrediction, targets: tf.Tensor): Promise<RegressionIntervals> => {
    const scores = tidied(() => {
      const { mean, unit } = center(fn, prediction, normalized);
      const y = checkOutputs(`${fn}: targets`, targets, mean.shape);
      return inColumns(tf.div(tf.abs(tf.sub(y, mean)), unit));
    });
    return aroundMean(level, normalized, await thresholds(fn, level, scores));
  };
}

/** Options of `conformal.quantiles`. */
export interface QuantilesOptions {
  /** The probability with which an interval holds its target, such as 0.9. */
  readonly level: number;
  /** The margins that were fitted, to make the intervals again. */
  readonly margins?: readonly number[];
}

const quantilesNames: OptionNames<QuantilesOptions> = { level: true, margins: true };

const intervalKinds: FieldKinds<Interval> = { lower: 'value', upper: 'value' };

/** Intervals around predicted quantiles. */
export interface QuantileIntervals {
  readonly level: number;
  /** What is added at both ends for each output, in its unit; below 0 where the quantiles were too far apart. */
  readonly margins: readonly number[];
  /** The intervals of new quantiles. */
  readonly apply: (quantiles: Interval) => Interval;
}

const checkQuantiles = (fn: string, quantiles: Interval): Interval => {
  const given = knownFields(`${fn}: quantiles`, quantiles, intervalKinds);
  const lower = checkOutputs(`${fn}: lower`, given.lower);
  return { lower, upper: checkOutputs(`${fn}: upper`, given.upper, lower.shape) };
};

const aroundQuantiles = (level: number, margins: readonly number[]): QuantileIntervals => ({
  level,
  margins,
  apply: (quantiles) =>
    tidied(() => {
      const given = checkQuantiles('conformal.quantiles', quantiles);
      const margin = marginTensor('conformal.quantiles', margins, given.lower);
      const [lower, upper] = [tf.sub(given.lower, margin), tf.add(given.upper, margin)];
      // Where a negative margin would turn the interval around, its middle is left.
      const middle = tf.div(tf.add(lower, upper), 2);
      return { lower: tf.minimum(lower, middle), upper: tf.maximum(upper, middle) };
    }),
});

/**
 * Widens, or narrows, predicted quantiles to intervals that hold a new target with a probability of at least `level`:
 * conformalized quantile regression (Romano et al., 2019). The quantiles are two, such as those of 0.05 and 0.95 for a
 * level of 0.9. Of n validation rows, the margin is the `ceil((n + 1) level)`-th smallest of the distances by which targets
 * are outside (negative inside); where a negative margin leaves nothing of an interval, it is the point in its middle.
 *
 * Fitting returns a promise. Its plain numbers (`JSON.stringify` keeps them) are options that make the intervals again, at
 * once.
 *
 * @throws Error for a level outside 0 to 1, or margins that are not numbers; fitting rejects if the shapes do not fit, for
 * distances that are not finite, and for fewer than `level / (1 - level)` rows
 * @example
 * const targets = random.normal(random.key(0), [200]);
 * const tooNarrow = { lower: tf.fill([200], -1), upper: tf.fill([200], 1) };
 * const intervals = await conformal.quantiles({ level: 0.9 })(tooNarrow, targets);
 * const narrow = { lower: tf.tensor1d([-1]), upper: tf.tensor1d([1]) };
 * const { lower, upper } = intervals.apply(narrow);
 * console.log((intervals.margins[0] ?? 0) > 0, lower.shape, upper.shape);
 * // true [1] [1]
 */
export function quantiles(
  options: QuantilesOptions & { readonly margins: readonly number[] },
): QuantileIntervals;
export function quantiles(
  options: QuantilesOptions,
): (quantiles: Interval, targets: tf.Tensor) => Promise<QuantileIntervals>;
export function quantiles(options: QuantilesOptions) {
  const fn = 'conformal.quantiles';
  const given = knownOptions(fn, options, quantilesNames);
  const level = checkLevel(fn, given.level);
  if (given.margins !== undefined)
    return aroundQuantiles(level, checkMargins(`${fn}: margins`, given.margins));
  return async (predicted: Interval, targets: tf.Tensor): Promise<QuantileIntervals> => {
    const scores = tidied(() => {
      const { lower, upper } = checkQuantiles(fn, predicted);
      const y = checkOutputs(`${fn}: targets`, targets, lower.shape);
      return inColumns(tf.maximum(tf.sub(lower, y), tf.sub(y, upper)));
    });
    return aroundQuantiles(level, await thresholds(fn, level, scores));
  };
}
