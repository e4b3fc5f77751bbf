import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveNumber,
  sameShape,
} from '../check/index.ts';
import { type NormalDrawAttributes, normalDrawKernel } from '../ops/normalDraw.ts';
import { hasKernel } from '../ops/registry.ts';
import { batchedKeys } from '../random/batchedKeys.ts';
import type { Key } from '../random/index.ts';
import * as random from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { isTensor } from '../tree/index.ts';
import { isBatched } from '../vmap/promote.ts';
import { checkEach } from './checkValues.ts';
import { checkedScale, initialLogScale, scaleEps } from './locationScale.ts';
import { normalProduct } from './normalProduct.ts';
import { type FusedSampler, type Posterior, posterior, type SampleWithLogProb } from './posterior.ts';
import { type Prior, prior, type Settings } from './prior.ts';

/** The parameters of a normal posterior, both of the weight's shape; `logStd` is the log standard deviation. */
export interface NormalParams {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
}

/** Options of `normal`. `mean` applies only to the prior, the others to the posterior too. */
export interface NormalOptions {
  /**
   * The prior's mean: a number, a scalar or a tensor of the weight's shape; default 0. A posterior's means are initialized
   * by the layer, or by a variable's `initialMean`.
   */
  readonly mean?: number | tf.Tensor;
  /**
   * The prior's standard deviation, and the posterior's initial one before it is scaled by fan-in: a number, a scalar or a
   * tensor of the weight's shape; default 1.
   */
  readonly std?: number | tf.Tensor;
  /**
   * In place of `std`: the precision, `1 / std^2`, a number. The posterior's initial one is not scaled by fan-in. It is the
   * `hess_init` with which `ivon` starts.
   */
  readonly precision?: number;
  /** Added to the variance in the quadratic term, against overflow for tiny variances; default 1e-10. */
  readonly eps?: number;
  /** Whether log densities include the constant -log(2 pi) / 2; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<NormalOptions> = {
  mean: true,
  std: true,
  precision: true,
  eps: true,
  normalized: true,
};

/** A normal distribution: a prior, and a family of posteriors. */
export interface NormalDistribution {
  readonly prior: Prior;
  readonly posterior: Posterior<NormalParams>;
}

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

const checkedMean = (value: number | tf.Tensor): number | tf.Tensor => {
  checkEach(value, Number.isFinite, (bad) => invalidArgument('normal: mean', 'finite', bad));
  return value;
};

/** The element-wise log density of a normal with the given variance and log standard deviation. */
const logDensity =
  (eps: number, normalized: boolean) =>
  (
    x: tf.Tensor,
    mean: number | tf.Tensor,
    variance: number | tf.Tensor,
    logStd: number | tf.Tensor,
  ): tf.Tensor =>
    tf.tidy(() => {
      const quadratic = tf.div(tf.square(tf.sub(x, mean)), tf.add(variance, eps));
      return tf.sub(tf.mul(-0.5, quadratic), tf.add(logStd, normalized ? halfLogTwoPi : 0));
    });

const normalPrior = (
  mean: number | tf.Tensor,
  std: number | tf.Tensor,
  eps: number,
  normalized: boolean,
): Prior => {
  const logProb = (weight: tf.Tensor): tf.Tensor =>
    logDensity(eps, normalized)(
      weight,
      mean,
      isTensor(std) ? tf.square(std) : std * std,
      isTensor(std) ? tf.log(std) : Math.log(std),
    );
  const quadratic =
    isTensor(mean) || isTensor(std)
      ? undefined
      : {
          of: logProb,
          centre: mean,
          precision: 1 / (std * std + eps),
          constant: -Math.log(std) - (normalized ? halfLogTwoPi : 0),
        };
  return prior({
    name: 'normal',
    logProb,
    rescale: (scale) =>
      normalPrior(
        isTensor(mean) ? tf.mul(mean, scale) : mean * scale,
        isTensor(std) ? tf.mul(std, scale + scaleEps) : std * (scale + scaleEps),
        eps,
        normalized,
      ),
    moments: { mean, std },
    sample: (shape, key) => tf.tidy(() => tf.add(mean, tf.mul(std, random.normal(key, shape)))),
    settings: { mean, std, eps, normalized },
    ...(quadratic && { quadratic }),
  });
};

/**
 * The parameters, if both have one shape: a broadcast spread would be counted only once in a sum over elements.
 *
 * @throws Error naming `logStd` otherwise
 * @example
 * checkNormalParams({ mean: tf.zeros([2]), logStd: tf.zeros([2]) });
 */
export const checkNormalParams = (params: NormalParams): NormalParams =>
  sameShape(params.mean.shape, params.logStd.shape)
    ? params
    : invalidArgument(
        'normal: logStd of the parameters',
        `of the mean's shape [${params.mean.shape.join(', ')}]`,
        params.logStd,
      );

const plainDraw = ({ mean, logStd }: NormalParams, key: Key): tf.Tensor =>
  tf.add(mean, tf.mul(tf.exp(logStd), random.normal(key, mean.shape)));

/** Stands in for a prior when a sample's log densities are not needed. */
const unscored = { centre: 0, precision: 0, priorEach: 0, scored: false };

/** The initial log standard deviations of a weight. */
type InitialLogStd = (shape: readonly number[], fanIn: number | null) => tf.Tensor;

const scaledByFanIn =
  (std: number | tf.Tensor): InitialLogStd =>
  (shape, fanIn) =>
    initialLogScale(shape, fanIn, std);

const withPrecision =
  (precision: number): InitialLogStd =>
  (shape) =>
    tf.fill([...shape], -0.5 * Math.log(precision));

const normalPosterior = (
  initialLogStd: InitialLogStd,
  initialSettings: Settings,
  eps: number,
  normalized: boolean,
): Posterior<NormalParams> => {
  const draw: FusedSampler<NormalParams>['draw'] = (params, key, { centre, precision, constant }) =>
    normalDraw(params, key, {
      eps,
      each: normalized ? -halfLogTwoPi : 0,
      centre,
      precision,
      priorEach: constant,
      scored: true,
    });
  const sample = (params: NormalParams, key: Key): tf.Tensor =>
    tf.tidy(() => normalDraw(params, key, { ...unscored, eps, each: 0 })?.weight ?? plainDraw(params, key));
  const logProb = ({ mean, logStd }: NormalParams, weight: tf.Tensor): tf.Tensor =>
    tf.tidy(() => logDensity(eps, normalized)(weight, mean, tf.exp(tf.mul(2, logStd)), logStd));
  return posterior({
    name: 'normal',
    initialSettings,
    init: (mean, fanIn) => ({ mean, logStd: tf.tidy(() => initialLogStd(mean.shape, fanIn)) }),
    sample,
    logProb,
    fused: {
      of: { sample, logProb },
      draw,
      product: (params, key, shape) => normalProduct(params, key, shape, sample),
    },
    entropy: (params) => tf.tidy(() => tf.sum(tf.add(checkNormalParams(params).logStd, halfLogTwoPi + 0.5))),
    independent: true,
    symmetric: true,
    moments: ({ mean, logStd }) => ({ mean, variance: tf.exp(tf.mul(2, logStd)) }),
    fromMoments: (mean, std) => ({ mean, logStd: tf.log(std) }),
    logScale: 'logStd',
  });
};

/**
 * The normal distribution, as a prior `N(mean, std^2)` and as a mean-field posterior with initial standard deviation
 * `std * (1 / sqrt(fanIn) + 1e-5)` and random initial means: `mean` applies only to the prior. With `precision` in place
 * of `std` the posterior starts with a standard deviation of `1 / sqrt(precision)`, whatever the fan-in.
 *
 * The log density is `-(x - mean)^2 / (2 (variance + eps)) - log std - log(2 pi) / 2`; rescaling the prior
 * multiplies its mean by `scale` and its standard deviation by `scale + 1e-5`.
 *
 * @throws Error if `std` or `precision` is not above 0, or both are given, or `mean` or `eps` are not finite
 * @example
 * const model = bayesian({
 *   prior: normal({ std: 0.5 }),
 *   posterior: normal({ std: 0.1 }),
 * })(linear(2, 1));
 */
export const normal = (options: NormalOptions = {}): NormalDistribution => {
  const {
    mean = 0,
    std,
    precision,
    eps = 1e-10,
    normalized = true,
  } = knownOptions('normal', options, optionNames);
  if (std !== undefined && precision !== undefined)
    invalidArgument('normal: std', 'absent, as precision is given', std);
  const checked =
    precision === undefined
      ? checkedScale('normal: std', std ?? 1)
      : 1 / Math.sqrt(positiveNumber('normal: precision', precision));
  if (!(Number.isFinite(eps) && eps >= 0))
    invalidArgument('normal: eps', 'a finite number of at least 0', eps);
  return {
    prior: normalPrior(checkedMean(mean), checked, eps, normalized),
    posterior:
      precision === undefined
        ? normalPosterior(scaledByFanIn(checked), { std: checked }, eps, normalized)
        : normalPosterior(withPrecision(precision), { precision }, eps, normalized),
  };
};

/** The fused kernel's gradient is not differentiable: nested differentiation needs plain operations. */
const twiceDifferentiating = (): boolean => tf.engine().state.gradientDepth > 1;

const fits = ({ mean, logStd }: NormalParams): boolean =>
  tf.util.arraysEqual(mean.shape, logStd.shape) &&
  [mean, logStd].every((x) => x.dtype === 'float32' && !isBatched(x));

/**
 * Samples normal distributions and sums both log densities in one fused kernel; `undefined` where plain operations have to
 * run: without the kernel, inside nested differentiation, or for parameters that differ between samples of a `vmap`. The
 * only place that makes this choice; results are equal up to rounding.
 *
 * @example
 * normalDraw({ mean, logStd }, key, { eps: 1e-10, each: 0, centre: 0, precision: 1, priorEach: 0, scored: true })?.weight;
 */
const normalDraw = (
  params: NormalParams,
  key: Key,
  density: Omit<NormalDrawAttributes, 'words'>,
): SampleWithLogProb | undefined => {
  checkKey('key', key);
  if (!hasKernel(normalDrawKernel) || twiceDifferentiating() || !fits(params)) return undefined;
  const { mean, logStd } = params;
  const { sizes, words, lifted } = batchedKeys(key);
  const attrs = { ...density, words: words.flatMap(({ k0, k1 }) => [k0, k1]) };
  const outputs = tf.engine().runKernel<tf.Tensor[]>(normalDrawKernel, { mean, logStd }, attrs);
  const [weight, posterior, prior] = outputs.map((x) =>
    lifted(sizes.length === 1 ? x : tf.reshape(x, [...sizes, ...x.shape.slice(1)])),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { weight, posterior, prior };
};
