import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import type { Predictive } from '../distributions/index.ts';
import { isTensor, map } from '../tree/index.ts';
import { tidying } from '../tree/tidied.ts';

/** A prediction of real numbers, as `predict` returns it: `mean` is `[rows, columns]`. */
export interface ScaledPrediction extends Predictive {
  /** `[probabilities, rows, columns]`. */
  readonly quantiles?: tf.Tensor;
  /** Both `[rows, columns]`. */
  readonly interval?: { readonly lower: tf.Tensor; readonly upper: tf.Tensor };
  /** The log density of each row's targets, `[rows]`, in nats. */
  readonly logProb?: tf.Tensor;
  /** Probabilities of values up to the targets, `[rows, columns]`, which are the same in all units. */
  readonly cdf?: { readonly atMost: tf.Tensor; readonly below?: tf.Tensor };
}

const predictionNames: OptionNames<ScaledPrediction> = {
  mean: true,
  uncertainty: true,
  quantiles: true,
  interval: true,
  logProb: true,
  cdf: true,
};

/** The columns of a table in standard units, with mean 0 and standard deviation 1. JSON keeps `mean` and `std`. */
export interface Standardization {
  /** The mean of each column. */
  readonly mean: readonly number[];
  /** The standard deviation of each column, over the whole population; 1 for a column of equal values. */
  readonly std: readonly number[];
  /** From the data's units to standard units: `[..., columns]` to the same shape. */
  readonly apply: (x: tf.Tensor) => tf.Tensor;
  /**
   * From standard units to the data's: a tensor `[..., columns]`, such as samples `[samples, rows, columns]`, or a
   * prediction. Means and quantiles are scaled and shifted, variances are scaled by the square of `std`, and log densities
   * become those of targets in the data's units.
   */
  readonly invert: {
    (x: tf.Tensor): tf.Tensor;
    <P extends ScaledPrediction>(prediction: P): P;
  };
}

/** The mean and standard deviation of each column. */
type Moments = Pick<Standardization, 'mean' | 'std'>;

const readValues = (x: tf.Tensor): ArrayLike<number> => {
  try {
    return x.dataSync();
  } catch (cause) {
    throw new Error(
      `standardize: x cannot be read at once on the backend ${tf.getBackend()}; pass a tensor that no operation has used ` +
        'yet, or { mean, std }',
      { cause },
    );
  }
};

/** Distances are from the first row, so that equal values have no spread, whatever rounding does to their mean. */
const columnMoments = (x: tf.Tensor): Moments => {
  if (x.rank === 0 || x.size === 0)
    invalidArgument('standardize: x', 'a tensor [..., columns] with at least one row', x);
  const values = readValues(x);
  const columns = x.rank === 1 ? 1 : x.shape.at(-1)!;
  const rows = x.size / columns;
  const averaged = (f: (value: number, column: number) => number): readonly number[] => {
    const sums = new Float64Array(columns);
    for (let at = 0; at < x.size; at++) sums[at % columns]! += f(values[at]!, at % columns);
    return Array.from(sums, (sum) => sum / rows);
  };
  const offset = averaged((value, column) => value - values[column]!);
  const variance = averaged((value, column) => (value - values[column]! - offset[column]!) ** 2);
  const mean = offset.map((each, column) => values[column]! + each);
  if (!mean.every(Number.isFinite))
    throw new Error('standardize: x must be finite, but has NaN or infinite values');
  return { mean, std: variance.map((each) => Math.sqrt(each) || 1) };
};

const checkedMoments = (given: unknown): Moments => {
  const { mean, std }: { readonly mean?: unknown; readonly std?: unknown } = Object(given);
  const areNumbers = (list: unknown): list is readonly number[] =>
    Array.isArray(list) && list.length > 0 && list.every(Number.isFinite);
  if (!areNumbers(mean) || !areNumbers(std))
    return invalidArgument('standardize: x', 'a tensor, or { mean, std } with a list of numbers each', given);
  if (std.length !== mean.length || !std.every((each) => each > 0))
    invalidArgument('standardize: std', `${mean.length} numbers above 0, one for each mean`, std);
  return { mean: [...mean], std: [...std] };
};

/**
 * The mean and standard deviation of each column of a tensor `[..., columns]` (of one column, for a tensor of rank 1),
 * computed in doubles, with functions to standard units and back. `{ mean, std }` instead of a tensor, such as an earlier
 * result from JSON, restores the functions. Use the moments of the training data for all other data too.
 *
 * @throws Error for a tensor without rows, or with NaN or infinite values; in `apply` and `invert`, for another number of
 * columns, and for a prediction that is not one of real numbers
 * @example
 * const targets = tf.tensor2d([[10], [20], [30]]);
 * const scale = standardize(targets);
 * scale.apply(targets).print(); // [[-1.2247449], [0], [1.2247449]]
 * console.log(JSON.stringify(scale)); // {"mean":[20],"std":[8.16496580927726]}
 */
export const standardize = (x: tf.Tensor | Moments): Standardization => {
  const { mean, std } = isTensor(x) ? columnMoments(x) : checkedMoments(x);
  const columns = mean.length;
  const logScale = std.reduce((sum, each) => sum + Math.log(each), 0);
  const row = (numbers: readonly number[]) => tf.tensor1d([...numbers]);
  const checked = (argument: string, tensor: tf.Tensor): tf.Tensor => {
    const isColumn = columns === 1 && isTensor(tensor) && tensor.rank === 1;
    return isColumn || (isTensor(tensor) && tensor.shape.at(-1) === columns)
      ? tensor
      : invalidArgument(`standardize: ${argument}`, `a tensor of shape [..., ${columns}]`, tensor);
  };
  const back = (argument: string, tensor: tf.Tensor) =>
    tf.add(tf.mul(checked(argument, tensor), row(std)), row(mean));
  const prediction = <P extends ScaledPrediction>(given: P): P => {
    const { uncertainty, quantiles, interval, logProb, cdf } = knownOptions(
      'standardize',
      given,
      predictionNames,
    );
    const center = back('mean of the prediction', given.mean);
    const spread = (name: keyof Predictive['uncertainty']): tf.Tensor => {
      const variance: unknown = uncertainty?.[name];
      return isTensor(variance) && sameShape(variance.shape, center.shape)
        ? tf.mul(variance, row(std.map((each) => each * each)))
        : invalidArgument(
            `standardize: ${name} uncertainty of the prediction`,
            `variances of the mean's shape [${center.shape.join(', ')}]`,
            variance,
          );
    };
    return {
      mean: center,
      uncertainty: {
        total: spread('total'),
        aleatoric: spread('aleatoric'),
        epistemic: spread('epistemic'),
      },
      ...(quantiles && { quantiles: back('quantiles of the prediction', quantiles) }),
      ...(interval && {
        interval: {
          lower: back('lower bound of the prediction', interval.lower),
          upper: back('upper bound of the prediction', interval.upper),
        },
      }),
      ...(logProb && { logProb: tf.sub(logProb, logScale) }),
      ...(cdf && { cdf: map(tf.clone)(cdf) }),
    } as P;
  };
  const invert = tidying((given: tf.Tensor | ScaledPrediction): tf.Tensor | ScaledPrediction =>
    isTensor(given) ? back('x', given) : prediction(given),
  );
  return {
    mean,
    std,
    apply: tidying((tensor: tf.Tensor) => tf.div(tf.sub(checked('x', tensor), row(mean)), row(std))),
    invert: invert as Standardization['invert'],
  };
};
