import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import { strictlyLower } from '../ops/triangles.ts';
import { triangularSolve } from '../ops/triangularSolve.ts';
import type { Key } from '../random/index.ts';
import * as random from '../random/index.ts';
import { checkedScale, initialLogScale } from './locationScale.ts';
import { type FusedSampler, type Posterior, posterior } from './posterior.ts';

/**
 * The parameters of a `fullNormal` posterior of a weight with n elements, in row-major order. The covariance is `L L^T` with
 * the Cholesky factor `L = diag(exp(logDiagonal)) (I + lower)`.
 */
export interface FullNormalParams {
  /** Of the weight's shape. */
  readonly mean: tf.Tensor;
  /**
   * The logarithm of the factor's diagonal, of the weight's shape: each element's standard deviation given the elements
   * before it.
   */
  readonly logDiagonal: tf.Tensor;
  /** The factor relative to its diagonal, row by row, `[n, n]`: only the part below the diagonal counts. */
  readonly lower: tf.Tensor;
}

/** Options of `fullNormal`. */
export interface FullNormalOptions {
  /**
   * The initial standard deviation before it is scaled by fan-in: a number, a scalar or a tensor of the weight's shape;
   * default 0.1, as in the default posterior of a model.
   */
  readonly std?: number | tf.Tensor;
}

const optionNames: OptionNames<FullNormalOptions> = { std: true };

/** The elements of a weight at most: its factor then has 4 million numbers. */
const most = 2000;

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

const checkShape: NonNullable<Posterior['checkShape']> = (argument, shape) => {
  const size = tf.util.sizeFromShape([...shape]);
  if (size > most)
    invalidArgument(
      `${argument}: weight`,
      `a tensor of at most ${most} elements`,
      size,
      'use lowRankNormal({ rank: 10 }), whose parameters grow with the elements and not with their square',
    );
};

/**
 * The parameters, if their shapes fit: a broadcast diagonal would be counted only once in a sum over elements.
 *
 * @throws Error naming the parameter otherwise
 * @example
 * checkFullNormalParams({ mean: tf.zeros([2]), logDiagonal: tf.zeros([2]), lower: tf.zeros([2, 2]) });
 */
export const checkFullNormalParams = (params: FullNormalParams): FullNormalParams => {
  const { mean, logDiagonal, lower } = params;
  if (!sameShape(logDiagonal.shape, mean.shape))
    invalidArgument(
      'fullNormal: logDiagonal of the parameters',
      `of the mean's shape [${mean.shape.join(', ')}]`,
      logDiagonal,
    );
  if (!sameShape(lower.shape, [mean.size, mean.size]))
    invalidArgument(
      'fullNormal: lower of the parameters',
      `of shape [${mean.size}, ${mean.size}], for a weight of ${mean.size} elements`,
      lower,
    );
  return params;
};

/** The weight for independent standard normal numbers `[n]`. */
const weightFor = ({ mean, logDiagonal, lower }: FullNormalParams, noise: tf.Tensor): tf.Tensor => {
  const row = tf.reshape(noise, [1, mean.size]);
  const mixed = tf.add(row, tf.matMul(row, strictlyLower(lower) as tf.Tensor2D, false, true));
  return tf.add(mean, tf.mul(tf.exp(logDiagonal), tf.reshape(mixed, mean.shape)));
};

const noiseFor = ({ mean }: FullNormalParams, key: Key): tf.Tensor => random.normal(key, [mean.size]);

const sample = (params: FullNormalParams, key: Key): tf.Tensor =>
  tf.tidy(() => weightFor(checkFullNormalParams(params), noiseFor(params, key)));

const logProb = (params: FullNormalParams, weight: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const { mean, logDiagonal, lower } = checkFullNormalParams(params);
    const relative = tf.div(tf.sub(weight, mean), tf.exp(logDiagonal));
    const noise = triangularSolve(lower, tf.reshape(relative, [mean.size, 1]), { unitDiagonal: true });
    const squares = tf.mul(-0.5, tf.square(tf.reshape(noise, mean.shape)));
    return tf.sub(squares, tf.add(logDiagonal, halfLogTwoPi));
  });

/** The log density of a sample is that of its noise, which needs no triangular system. */
const draw: FusedSampler<FullNormalParams>['draw'] = (params, key, { centre, precision, constant }) =>
  tf.tidy(() => {
    const { mean, logDiagonal } = checkFullNormalParams(params);
    const noise = noiseFor(params, key);
    const weight = weightFor(params, noise);
    const size = mean.size;
    const posterior = tf.sub(
      tf.mul(-0.5, tf.sum(tf.square(noise))),
      tf.add(tf.sum(logDiagonal), size * halfLogTwoPi),
    );
    const distance = tf.sum(tf.square(tf.sub(weight, centre)));
    return { weight, posterior, prior: tf.add(tf.mul(-0.5 * precision, distance), size * constant) };
  });

/**
 * The part of each element's variance that it shares with the elements before it, of the weight's shape.
 *
 * @example
 * sharedVariance({ mean: tf.zeros([2]), logDiagonal: tf.zeros([2]), lower: tf.ones([2, 2]) }).print(); // [0, 1]
 */
export const sharedVariance = ({ mean, logDiagonal, lower }: FullNormalParams): tf.Tensor =>
  tf.tidy(() => {
    const relative = tf.reshape(tf.sum(tf.square(strictlyLower(lower)), 1), mean.shape);
    return tf.mul(tf.exp(tf.mul(2, logDiagonal)), relative);
  });

const start = (mean: tf.Tensor, logStd: tf.Tensor): FullNormalParams => {
  checkShape('fullNormal', mean.shape);
  return { mean, logDiagonal: logStd, lower: tf.zeros([mean.size, mean.size]) };
};

/**
 * The posterior of a normal with any covariance between the elements of a weight, by a Cholesky factor for each variable;
 * different variables are independent. Its initial standard deviation is `std * (1 / sqrt(fanIn) + 1e-5)`, without
 * correlations. A weight of n elements has n^2 parameters, and at most 2,000 elements.
 *
 * `withDivergence` has closed forms against normal, quiet and flat priors and, after `posteriorAsPrior`, against itself.
 * Local reparametrization and flipout need independent elements, and throw for it.
 *
 * @throws Error if `std` is not above 0; when a model is made, naming the variable, for one of more than 2,000 elements
 * @example
 * const model = bayesian({ posterior: fullNormal() })(linear(4, 1));
 * console.log(model.init(random.key(0)).weight.lower.shape); // [4, 4]
 */
export const fullNormal = (options: FullNormalOptions = {}): Posterior<FullNormalParams> => {
  const { std = 0.1 } = knownOptions('fullNormal', options, optionNames);
  checkedScale('fullNormal: std', std);
  return posterior<FullNormalParams>({
    name: 'fullNormal',
    initialSettings: { std },
    independent: false,
    checkShape,
    init: (mean, fanIn) => start(mean, initialLogScale(mean.shape, fanIn, std)),
    sample,
    logProb,
    fused: { of: { sample, logProb }, draw },
    entropy: (params) =>
      tf.tidy(() => tf.sum(tf.add(checkFullNormalParams(params).logDiagonal, halfLogTwoPi + 0.5))),
    moments: (params) => ({
      mean: params.mean,
      variance: tf.tidy(() =>
        tf.add(tf.exp(tf.mul(2, params.logDiagonal)), sharedVariance(checkFullNormalParams(params))),
      ),
    }),
    fromMoments: (mean, deviation) => start(mean, tf.log(deviation)),
  });
};
