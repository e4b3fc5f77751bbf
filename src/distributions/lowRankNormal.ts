import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveInteger,
  sameShape,
} from '../check/index.ts';
import { cholesky } from '../ops/cholesky.ts';
import { logDeterminant } from '../ops/triangles.ts';
import { triangularSolve } from '../ops/triangularSolve.ts';
import * as random from '../random/index.ts';
import { checkedScale, initialLogScale } from './locationScale.ts';
import { type Posterior, posterior } from './posterior.ts';

/**
 * The parameters of a `lowRankNormal` posterior of a weight with n elements, in row-major order. The covariance is
 * `D (I + F F^T) D` with `D = diag(exp(logDiagonal))` and `F = factor`.
 */
export interface LowRankNormalParams {
  /** Of the weight's shape. */
  readonly mean: tf.Tensor;
  /** The log standard deviation of each element's own noise, of the weight's shape. */
  readonly logDiagonal: tf.Tensor;
  /** How strongly each element depends on each common noise, relative to its own noise: `[n, rank]`. */
  readonly factor: tf.Tensor;
}

/** Options of `lowRankNormal`. */
export interface LowRankNormalOptions {
  /**
   * The number of directions in which the elements of a weight vary together; a variable of fewer elements has only as
   * many.
   */
  readonly rank: number;
  /**
   * The initial standard deviation before it is scaled by fan-in: a number, a scalar or a tensor of the weight's shape;
   * default 0.1, as in the default posterior of a model.
   */
  readonly std?: number | tf.Tensor;
}

const optionNames: OptionNames<LowRankNormalOptions> = { rank: true, std: true };

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/** The initial size of an element's common noise, relative to its own. */
const initialShare = 0.1;

/**
 * The parameters, if their shapes fit: a broadcast diagonal would be counted only once in a sum over elements.
 *
 * @throws Error naming the parameter otherwise
 * @example
 * checkLowRankNormalParams({ mean: tf.zeros([2]), logDiagonal: tf.zeros([2]), factor: tf.zeros([2, 1]) });
 */
export const checkLowRankNormalParams = (params: LowRankNormalParams): LowRankNormalParams => {
  const { mean, logDiagonal, factor } = params;
  if (!sameShape(logDiagonal.shape, mean.shape))
    invalidArgument(
      'lowRankNormal: logDiagonal of the parameters',
      `of the mean's shape [${mean.shape.join(', ')}]`,
      logDiagonal,
    );
  if (factor.rank !== 2 || factor.shape[0] !== mean.size)
    invalidArgument(
      'lowRankNormal: factor of the parameters',
      `of shape [${mean.size}, rank], for a weight of ${mean.size} elements`,
      factor,
    );
  return params;
};

/** The Cholesky factor of `I + F^T F`, `[rank, rank]`. */
const innerFactor = (factor: tf.Tensor): tf.Tensor =>
  cholesky(tf.add(tf.matMul(factor, factor, true), tf.eye(factor.shape[1]!)));

/**
 * The log determinant of `I + F F^T`, that of `I + F^T F` (Sylvester's identity), a scalar.
 *
 * @example
 * relativeLogDeterminant({ mean: tf.zeros([1]), logDiagonal: tf.zeros([1]), factor: tf.ones([1, 1]) }); // log 2
 */
export const relativeLogDeterminant = ({ factor }: LowRankNormalParams): tf.Tensor =>
  tf.tidy(() => logDeterminant(innerFactor(factor)));

/**
 * The variance of each element's common noise, of the weight's shape.
 *
 * @example
 * commonVariance({ mean: tf.zeros([1]), logDiagonal: tf.zeros([1]), factor: tf.ones([1, 2]) }).print(); // [2]
 */
export const commonVariance = ({ mean, logDiagonal, factor }: LowRankNormalParams): tf.Tensor =>
  tf.tidy(() => tf.mul(tf.exp(tf.mul(2, logDiagonal)), tf.reshape(tf.sum(tf.square(factor), 1), mean.shape)));

const sample: Posterior<LowRankNormalParams>['sample'] = (params, key) =>
  tf.tidy(() => {
    const { mean, logDiagonal, factor } = checkLowRankNormalParams(params);
    const [own, common] = random.split(key) as [random.Key, random.Key];
    const together = tf.matMul(random.normal(common, [1, factor.shape[1]!]), factor, false, true);
    const noise = tf.add(random.normal(own, mean.shape), tf.reshape(together, mean.shape));
    return tf.add(mean, tf.mul(tf.exp(logDiagonal), noise));
  });

/**
 * By Woodbury's identity. With the common noise c that fits a deviation z best, `z^T (I + F F^T)^-1 z` is
 * `|z - F c|^2 + |c|^2`, a sum in which nothing cancels.
 */
const logProb: Posterior<LowRankNormalParams>['logProb'] = (params, weight) =>
  tf.tidy(() => {
    const { mean, logDiagonal, factor } = checkLowRankNormalParams(params);
    const [size, rank] = factor.shape as [number, number];
    const row = tf.reshape(tf.div(tf.sub(weight, mean), tf.exp(logDiagonal)), [1, size]);
    const inner = innerFactor(factor);
    const projected = tf.reshape(tf.matMul(row, factor), [rank, 1]);
    const common = triangularSolve(inner, triangularSolve(inner, projected), { transposed: true });
    const rest = tf.sub(row, tf.matMul(tf.reshape(common, [1, rank]), factor, false, true));
    const squares = tf.add(tf.sum(tf.square(rest)), tf.sum(tf.square(common)));
    const logScale = tf.add(tf.sum(logDiagonal), tf.mul(0.5, logDeterminant(inner)));
    return tf.sub(tf.mul(-0.5, squares), tf.add(logScale, size * halfLogTwoPi));
  });

/**
 * Parameters with these moments. The factors start at small numbers, the same for all weights of a size: at 0 their
 * expected gradient is 0, and they would not start to move.
 */
const start = (mean: tf.Tensor, most: number, logStd: () => tf.Tensor): LowRankNormalParams => {
  const rank = Math.min(most, mean.size);
  const factor = tf.tidy(() =>
    tf.mul(initialShare / Math.sqrt(rank), random.normal(random.key(0), [mean.size, rank])),
  );
  const logDiagonal = tf.tidy(() => {
    const variance = tf.add(1, tf.reshape(tf.sum(tf.square(factor), 1), mean.shape));
    return tf.sub(logStd(), tf.mul(0.5, tf.log(variance)));
  });
  return { mean, logDiagonal, factor };
};

/**
 * The posterior of a normal whose covariance is diagonal plus low rank, for each variable; different variables are
 * independent. Each element of a weight has its own noise, and takes part in `rank` common noises. Its initial standard
 * deviation is `std * (1 / sqrt(fanIn) + 1e-5)`, nearly without correlations. A weight of n elements has
 * `n (2 + rank)` parameters.
 *
 * `withDivergence` has closed forms against normal, quiet and flat priors. Local reparametrization and flipout need
 * independent elements, and throw for it.
 *
 * @throws Error if `rank` is not a positive integer or `std` not above 0
 * @example
 * const model = bayesian({ posterior: lowRankNormal({ rank: 2 }) })(linear(4, 3));
 * console.log(model.init(random.key(0)).weight.factor.shape); // [12, 2]
 */
export const lowRankNormal = (options: LowRankNormalOptions): Posterior<LowRankNormalParams> => {
  const { rank, std = 0.1 } = knownOptions('lowRankNormal', options, optionNames);
  positiveInteger('lowRankNormal: rank', rank);
  checkedScale('lowRankNormal: std', std);
  return posterior<LowRankNormalParams>({
    name: 'lowRankNormal',
    initialSettings: { std },
    independent: false,
    init: (mean, fanIn) => start(mean, rank, () => initialLogScale(mean.shape, fanIn, std)),
    sample,
    logProb,
    entropy: (params) =>
      tf.tidy(() => {
        const { logDiagonal } = checkLowRankNormalParams(params);
        const own = tf.sum(tf.add(logDiagonal, halfLogTwoPi + 0.5));
        return tf.add(own, tf.mul(0.5, relativeLogDeterminant(params)));
      }),
    moments: (params) => ({
      mean: params.mean,
      variance: tf.tidy(() =>
        tf.add(tf.exp(tf.mul(2, params.logDiagonal)), commonVariance(checkLowRankNormalParams(params))),
      ),
    }),
    fromMoments: (mean, deviation) => start(mean, rank, () => tf.log(deviation)),
  });
};
