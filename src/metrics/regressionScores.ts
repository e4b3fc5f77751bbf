import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import { ascending } from '../distributions/drawnQuantiles.ts';
import { checkTarget } from '../distributions/likelihood.ts';
import { normalCdf } from '../distributions/specialFunctions.ts';
import { isTensor } from '../tree/index.ts';

/** A prediction of numbers by mean and variance, as `predict` returns it for `gaussian` and `poisson`. */
export interface MeanAndVariance {
  /** The expected value, `[rows, outputs]`. */
  readonly mean: tf.Tensor;
  /** The total variance, of the mean's shape. */
  readonly uncertainty: { readonly total: tf.Tensor };
}

/**
 * The mean and the standard deviation of a prediction.
 *
 * @throws Error naming `fn` for anything else, such as a prediction of classes
 * @example
 * meanAndStd('intervals', { mean: tf.zeros([2, 1]), uncertainty: { total: tf.ones([2, 1]) } });
 */
export const meanAndStd = (
  fn: string,
  prediction: MeanAndVariance,
): { readonly mean: tf.Tensor; readonly std: tf.Tensor } => {
  const { mean, uncertainty } = prediction ?? {};
  const total = uncertainty?.total;
  return isTensor(mean) && isTensor(total) && mean.size > 0 && sameShape(mean.shape, total.shape)
    ? { mean, std: tf.sqrt(total) }
    : invalidArgument(
        `${fn}: prediction`,
        'one of numbers, with mean and uncertainty.total of the same shape',
        isTensor(mean) && isTensor(total) ? [mean, total] : prediction,
      );
};

/** The targets minus predicted values of the same shape. */
export const residuals = (fn: string, predicted: tf.Tensor, targets: tf.Tensor): tf.Tensor =>
  tf.sub(tf.cast(checkTarget(fn, predicted, targets), 'float32'), predicted);

/** How many standard deviations targets are above the mean: 0 for a target at the mean, also without any spread. */
export const standardizedResiduals = (distance: tf.Tensor, std: tf.Tensor): tf.Tensor =>
  tf.div(distance, tf.maximum(std, 2 ** -126));

/**
 * The root of the mean squared error over all elements, in units of the targets; a scalar.
 *
 * Predicted values, such as the `mean` of `predict`, and targets have the same shape, `[batch, outputs]`.
 *
 * @throws Error if the shapes differ
 * @example
 * rmse(tf.tensor2d([[1], [2]]), tf.tensor2d([[1], [4]])); // the root of 2
 */
export const rmse = (predicted: tf.Tensor, targets: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.sqrt(tf.mean(tf.square(residuals('rmse', predicted, targets)))) as tf.Scalar);

/**
 * The mean absolute error over all elements, in units of the targets; a scalar.
 *
 * Predicted values, such as the `mean` of `predict`, and targets have the same shape, `[batch, outputs]`.
 *
 * @throws Error if the shapes differ
 * @example
 * meanAbsoluteError(tf.tensor2d([[1], [2]]), tf.tensor2d([[1], [4]])); // 1
 */
export const meanAbsoluteError = (predicted: tf.Tensor, targets: tf.Tensor): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.abs(residuals('meanAbsoluteError', predicted, targets))) as tf.Scalar);

/**
 * The logarithmic score: the mean over rows of minus the log of the target's probability (or density) under the
 * predictive distribution, in nats; a scalar, lower is better. It holds for every likelihood, and compares models of the
 * same targets (Gneiting & Raftery, Strictly proper scoring rules, prediction, and estimation, 2007, section 4.1).
 *
 * Densities have units: scaling targets by `c` adds `log c` for each output.
 *
 * @param prediction has `logProb` `[batch]`, as `predict` returns it for the option `logProb: targets`
 * @throws Error if there is no `logProb`
 * @example
 * logScore({ logProb: tf.tensor1d([-1, -3]) }); // 2
 */
export const logScore = (prediction: { readonly logProb: tf.Tensor }): tf.Scalar => {
  const logProb: unknown = prediction?.logProb;
  return isTensor(logProb) && logProb.size > 0
    ? tf.tidy(() => tf.neg(tf.mean(logProb)) as tf.Scalar)
    : invalidArgument(
        'logScore: prediction',
        'one with logProb (give predict the option logProb: targets)',
        prediction,
      );
};

/** Options of `crps` for draws. */
export interface CrpsOptions {
  /**
   * `'fair'` (default) estimates the score of the distribution that was drawn from, without bias; it needs two draws.
   * `'empirical'` is the score of the draws themselves, each with the same probability: too high by the mean distance of
   * two draws over twice their number.
   */
  readonly estimator?: 'fair' | 'empirical';
}

const crpsNames: OptionNames<CrpsOptions> = { estimator: true };

/** The score of a normal: Gneiting & Raftery 2007, eq. 21, with the sign that makes it a distance. */
const normalCrps = (prediction: MeanAndVariance, targets: tf.Tensor): tf.Tensor => {
  const { mean, std } = meanAndStd('crps', prediction);
  const distance = residuals('crps', mean, targets);
  const z = standardizedResiduals(distance, std);
  const density = tf.mul(Math.sqrt(2 / Math.PI), tf.exp(tf.mul(-0.5, tf.square(z))));
  return tf.add(
    tf.mul(distance, tf.sub(tf.mul(2, normalCdf(z)), 1)),
    tf.mul(std, tf.sub(density, 1 / Math.sqrt(Math.PI))),
  );
};

/** The mean distance from the target minus half that of two draws, which their order gives. */
const drawnCrps = (draws: tf.Tensor, targets: tf.Tensor, fair: boolean): tf.Tensor => {
  const count = draws.shape[0] ?? 0;
  if (count < (fair ? 2 : 1)) invalidArgument('crps: draws', fair ? 'at least two' : 'at least one', draws);
  const first = tf.reshape(tf.slice(draws, 0, 1), draws.shape.slice(1));
  const distances = tf.sub(draws, tf.cast(checkTarget('crps', first, targets), 'float32'));
  const ranks = tf.sub(tf.mul(2, tf.range(1, count + 1)), count + 1);
  const apart = tf.div(tf.mean(tf.mul(ascending(distances), ranks), -1), fair ? count - 1 : count);
  return tf.sub(tf.mean(tf.abs(distances), 0), apart);
};

/**
 * The continuous ranked probability score, averaged over all elements, in units of the targets; a scalar, lower is better.
 * It is the mean absolute error where a prediction is certain, and rewards both calibrated and sharp predictions
 * (Gneiting & Raftery 2007, section 4.2). Unlike the logarithmic score it is not ruined by one outlier.
 *
 * For a prediction of mean and variance it is that of the normal with these (eq. 21), which for `gaussian` is that of the
 * mixture up to its deviation from a normal. For draws of the targets, `[samples, ...]`, it is `E|X - y| - E|X - X'| / 2`
 * with means over the draws, whatever their distribution is.
 *
 * Targets `[batch, outputs]`, of the shape of the mean or of one draw.
 *
 * @throws Error if the shapes do not fit, for too few draws or, without draws, for any option
 * @example
 * const uncertainty = { total: tf.ones([1, 1]) };
 * crps({ mean: tf.zeros([1, 1]), uncertainty }, tf.zeros([1, 1])); // 0.2337
 * const draws = tf.tensor3d([-1, 1], [2, 1, 1]);
 * crps(draws, tf.zeros([1, 1]), { estimator: 'empirical' }); // 0.5
 */
export function crps(prediction: MeanAndVariance, targets: tf.Tensor): tf.Scalar;
export function crps(draws: tf.Tensor, targets: tf.Tensor, options?: CrpsOptions): tf.Scalar;
export function crps(
  predicted: MeanAndVariance | tf.Tensor,
  targets: tf.Tensor,
  options: CrpsOptions = {},
): tf.Scalar {
  const { estimator } = knownOptions('crps', options, crpsNames);
  if (estimator !== undefined && estimator !== 'fair' && estimator !== 'empirical')
    invalidArgument('crps: estimator', "'fair' or 'empirical'", estimator);
  if (!isTensor(predicted) && estimator !== undefined)
    invalidArgument('crps: estimator', 'left out for a prediction of mean and variance', estimator);
  return tf.tidy(
    () =>
      tf.mean(
        isTensor(predicted)
          ? drawnCrps(predicted, targets, estimator !== 'empirical')
          : normalCrps(predicted, targets),
      ) as tf.Scalar,
  );
}
