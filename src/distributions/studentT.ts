import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveNumber,
  sameShape,
} from '../check/index.ts';
import * as random from '../random/index.ts';
import { initialLogScale, type LocationScale, locationScale, rescaled } from './locationScale.ts';
import { type Posterior, posterior } from './posterior.ts';
import { type Prior, prior } from './prior.ts';
import { digammaStep, gammaStep } from './specialFunctions.ts';

/** The parameters of a Student-t posterior, both of the weight's shape; `logScale` is the log of its scale. */
export interface StudentTParams {
  readonly mean: tf.Tensor;
  readonly logScale: tf.Tensor;
}

/** Options of `studentT`. `mean` applies only to the prior, the others to the posterior too. */
export interface StudentTOptions {
  /** How fast the tails fall: 1 is the Cauchy distribution, infinity the normal; fixed. Default 4. */
  readonly degreesOfFreedom?: number;
  /** The prior's mean; default 0. */
  readonly mean?: number;
  /**
   * The prior's scale, and the posterior's initial one before it is scaled by fan-in; default 1. The standard
   * deviation is `sqrt(df / (df - 2))` times as large.
   */
  readonly scale?: number;
  /** Whether log densities include the constant of the degrees of freedom; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<StudentTOptions> = {
  degreesOfFreedom: true,
  mean: true,
  scale: true,
  normalized: true,
};

/** Student's t-distribution: a prior, and a family of posteriors. */
export interface StudentTDistribution {
  readonly prior: Prior;
  readonly posterior: Posterior<StudentTParams>;
}

/** A distribution of scale 1 by its degrees of freedom. */
interface Standard {
  readonly df: number;
  /** The normalization constant that unnormalized log densities lack. */
  readonly constant: number;
  /** Standard deviation, infinite for two degrees of freedom or fewer. */
  readonly std: number;
  readonly normalized: boolean;
}

const standardStudentT = (df: number, normalized: boolean): Standard => ({
  df,
  constant: gammaStep(df / 2) - 0.5 * Math.log(Math.PI * df),
  std: df > 2 ? Math.sqrt(df / (df - 2)) : Number.POSITIVE_INFINITY,
  normalized,
});

/** `log(1 + t^2)`, as `2 log m + log(1 + (t / m^2)^2)` with `m = max(|t|, 1)`: the square of a large `t` would overflow. */
const logOnePlusSquare = (t: tf.Tensor): tf.Tensor => {
  const most = tf.maximum(tf.abs(t), 1);
  return tf.add(tf.mul(2, tf.log(most)), tf.log1p(tf.square(tf.div(tf.div(t, most), most))));
};

/** The log density by the distance from the mean in units of the scale. */
const logDensity = (
  { df, constant, normalized }: Standard,
  distance: tf.Tensor,
  logScale: number | tf.Tensor,
): tf.Tensor => {
  // A higher number makes no difference, and float32 could not hold it.
  const finite = Math.min(df, 1e30);
  const tails = tf.mul(-0.5 * (finite + 1), logOnePlusSquare(tf.mul(distance, 1 / Math.sqrt(finite))));
  return tf.add(tf.sub(tails, logScale), normalized ? constant : 0);
};

const studentTPrior = (standard: Standard, place: LocationScale): Prior =>
  prior({
    name: 'studentT',
    settings: { degreesOfFreedom: standard.df, ...place, normalized: standard.normalized },
    logProb: (weight) =>
      tf.tidy(() =>
        logDensity(standard, tf.div(tf.sub(weight, place.mean), place.scale), Math.log(place.scale)),
      ),
    rescale: (factor) => studentTPrior(standard, rescaled(place, factor)),
    sample: (shape, key) =>
      tf.tidy(() => {
        const noise = random.studentT(key, shape, { degreesOfFreedom: standard.df });
        return tf.add(place.mean, tf.mul(place.scale, noise));
      }),
    ...(Number.isFinite(standard.std)
      ? { moments: { mean: place.mean, std: place.scale * standard.std } }
      : {}),
  });

/** Entropy at scale 1 in nats (Lazo & Rathie 1978). */
const standardEntropy = ({ df, constant }: Standard): number =>
  0.5 * (df + 1) * digammaStep(df / 2) - constant;

/** A broadcast scale would be counted only once in a sum over elements. */
const checkedParams = (params: StudentTParams): StudentTParams =>
  sameShape(params.mean.shape, params.logScale.shape)
    ? params
    : invalidArgument(
        'studentT: logScale of the parameters',
        `of the mean's shape [${params.mean.shape.join(', ')}]`,
        params.logScale,
      );

const studentTPosterior = (standard: Standard, initial: number): Posterior<StudentTParams> => {
  const entropy = standardEntropy(standard);
  return posterior<StudentTParams>({
    name: 'studentT',
    settings: { degreesOfFreedom: standard.df },
    independent: true,
    symmetric: true,
    logScale: 'logScale',
    init: (mean, fanIn) => ({ mean, logScale: initialLogScale(mean.shape, fanIn, initial) }),
    sample: ({ mean, logScale }, key) =>
      tf.tidy(() => {
        const noise = random.studentT(key, mean.shape, { degreesOfFreedom: standard.df });
        return tf.add(mean, tf.mul(tf.exp(logScale), noise));
      }),
    logProb: ({ mean, logScale }, weight) =>
      tf.tidy(() => logDensity(standard, tf.div(tf.sub(weight, mean), tf.exp(logScale)), logScale)),
    entropy: (params) => tf.tidy(() => tf.sum(tf.add(checkedParams(params).logScale, entropy))),
    ...(Number.isFinite(standard.std)
      ? {
          moments: ({ mean, logScale }) => ({
            mean,
            variance: tf.tidy(() => tf.exp(tf.add(tf.mul(2, logScale), 2 * Math.log(standard.std)))),
          }),
          fromMoments: (mean, std) => ({
            mean,
            logScale: tf.tidy(() => tf.sub(tf.log(std), Math.log(standard.std))),
          }),
        }
      : {}),
  });
};

/**
 * Student's t-distribution with fixed degrees of freedom, as a prior and as a mean-field posterior with initial scale
 * `scale * (1 / sqrt(fanIn) + 1e-5)` and random initial means. A sample is `mean + scale * t`, where `t` depends only on
 * the key, so it is differentiable in the parameters.
 *
 * The log density is `-(df + 1) / 2 log(1 + ((x - mean) / scale)^2 / df) - log scale` plus a constant of `df`.
 * Rescaling the prior multiplies its mean by the factor and its scale by the factor + 1e-5. With two degrees of
 * freedom or fewer there is no variance, so nothing that needs moments works.
 *
 * @throws Error if `degreesOfFreedom` or `scale` is not above 0 or `mean` not finite
 * @example
 * const posterior = studentT({ degreesOfFreedom: 5, scale: 0.1 });
 * const model = bayesian({ posterior })(linear(2, 1));
 */
export const studentT = (options: StudentTOptions = {}): StudentTDistribution => {
  const {
    degreesOfFreedom = 4,
    mean = 0,
    scale = 1,
    normalized = true,
  } = knownOptions('studentT', options, optionNames);
  const df = positiveNumber('studentT: degreesOfFreedom', degreesOfFreedom);
  const standard = standardStudentT(df, normalized);
  const place = locationScale('studentT', mean, scale);
  return { prior: studentTPrior(standard, place), posterior: studentTPosterior(standard, place.scale) };
};
