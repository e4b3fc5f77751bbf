import * as tf from '@tensorflow/tfjs-core';
import { type FieldKinds, invalidArgument, knownFields, sameShape } from '../check/index.ts';
import { isTensor, tidied } from '../tree/index.ts';
import { checkScores, prefixSums, sort, ties } from './ranking.ts';
import { allSound } from './rows.ts';

/** Rows of predictions by uncertainty, each with its error. */
export interface UncertainErrors {
  /** What the rows are sorted by, `[n]`: the most certain first. */
  readonly uncertainty: tf.Tensor;
  /** The error of each row, `[n]`: 1 for a wrong class and 0 for the right one, or any loss, in its own unit. */
  readonly errors: tf.Tensor;
}

const kinds: FieldKinds<UncertainErrors> = { uncertainty: 'value', errors: 'value' };

/** The error of the rows that are kept, by how many are. */
export interface RiskCoverage {
  /** The fraction of rows that are kept, `[n]`: `1 / n, 2 / n, ..., 1`. */
  readonly coverage: tf.Tensor1D;
  /** The mean error of the kept rows, the most certain ones, `[n]`. */
  readonly risk: tf.Tensor1D;
}

/**
 * The mean error of the first k rows, for k from 1 to n. A sum of many errors loses digits in float32; the sum of their
 * differences from the mean stays small.
 */
const selectiveRisk = (fn: string, given: UncertainErrors): tf.Tensor1D => {
  const { uncertainty, errors } = knownFields(`${fn}: rows`, given, kinds);
  const rows = checkScores(`${fn}: uncertainty`, uncertainty);
  if (!isTensor(errors) || !sameShape(errors.shape, rows.values.shape)) {
    invalidArgument(`${fn}: errors`, `a tensor of shape [${rows.values.shape.join(', ')}]`, errors);
  }
  const losses = checkScores(`${fn}: errors`, errors);
  const { ascending, order } = sort(rows.values);
  const { below, upTo } = ties(ascending, ascending);
  const mean = tf.mean(losses.values);
  const sums = prefixSums(tf.gather(tf.sub(losses.values, mean), order));
  const [before, after] = [tf.gather(sums, below), tf.gather(sums, upTo)];
  const [first, end] = [tf.cast(below, 'float32'), tf.cast(upTo, 'float32')];
  const kept = tf.range(1, order.size + 1);
  // Of rows of the same uncertainty, each is as likely to be kept as another: they count with their mean.
  const share = tf.div(tf.sub(kept, first), tf.sub(end, first));
  const sum = tf.add(before, tf.mul(share, tf.sub(after, before)));
  // Rounding may leave the range of the errors: a risk below 0 of errors from 0 to 1.
  const risk = tf.maximum(tf.add(mean, tf.div(sum, kept)), tf.min(losses.values));
  const bounded: tf.Tensor1D = tf.minimum(risk, tf.max(losses.values));
  return tf.mul(bounded, allSound(tf.mul(rows.sound, losses.sound)));
};

/**
 * Risk against coverage: the mean error of the fraction of rows about which a model is most certain, for every fraction
 * (El-Yaniv & Wiener, On the foundations of noise-free selective classification, 2010). Where the curve rises, rows left
 * out as too uncertain are indeed worse. Rows of the same uncertainty count with their mean error, as if kept in random
 * order.
 *
 * @throws Error if the shapes do not fit, for a missing field, and where values can be read for NaN; elsewhere (on a GPU,
 * inside `vmap`) the risk is NaN
 * @example
 * const { coverage, risk } = riskCoverage({
 *   uncertainty: tf.tensor1d([0.1, 0.9, 0.2, 0.4]),
 *   errors: tf.tensor1d([0, 1, 0, 1]),
 * });
 * coverage.print(); // [0.25, 0.5, 0.75, 1]
 * risk.print(); // [0, 0, 0.3333333, 0.5]
 */
export const riskCoverage = (rows: UncertainErrors): RiskCoverage =>
  tidied((): RiskCoverage => {
    const risk = selectiveRisk('riskCoverage', rows);
    return { coverage: tf.div(tf.range(1, risk.size + 1), risk.size), risk };
  });

/**
 * The area under the risk-coverage curve: the mean of the risk over the coverages `1 / n, 2 / n, ..., 1` (Geifman et al.,
 * Bias-reduced uncertainty estimation for deep neural classifiers, 2019, eq. 1); a scalar in the unit of the errors. The
 * lower, the better uncertainty puts the errors last. If it says nothing of the errors, the area is about their mean.
 *
 * @throws Error if the shapes do not fit, for a missing field, and where values can be read for NaN; elsewhere (on a GPU,
 * inside `vmap`) the result is NaN
 * @example
 * aurc({
 *   uncertainty: tf.tensor1d([0.1, 0.9, 0.2, 0.4]),
 *   errors: tf.tensor1d([0, 1, 0, 1]),
 * }); // 0.208
 */
export const aurc = (rows: UncertainErrors): tf.Scalar => tf.tidy(() => tf.mean(selectiveRisk('aurc', rows)));
