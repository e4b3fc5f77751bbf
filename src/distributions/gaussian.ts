import * as tf from '@tensorflow/tfjs-core';
import {
  invalidArgument,
  knownOptions,
  type OptionNames,
  positiveNumber,
  sameShape,
} from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { foldSamples, type SampleFold } from './foldSamples.ts';
import { checkTarget, type Likelihood, likelihood, sumPerRow } from './likelihood.ts';
import { merged, type SampleMoments, sampleMoments } from './sampleMoments.ts';
import { logMeanExp, normalCdf } from './specialFunctions.ts';

/** An output with input-dependent noise: `mean` and `logStd` (log standard deviation), both `[batch, outputs]`. */
export interface NoisyOutput {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
}

/** Options of `gaussian` with known noise. */
export interface GaussianOptions {
  /** The standard deviation of the noise, in units of the target. */
  readonly std: number;
  /** Whether log densities include the constant -log(2 pi) / 2; default true. */
  readonly normalized?: boolean;
  /**
   * How the `'predictive'` data fitting scores targets: under `'mixture'` (default), the mean of the samples' densities, or
   * under `'spread'`, a normal with the samples' mean and unbiased standard deviation, without the noise, as in torch_blue.
   * `'spread'` needs two samples.
   */
  readonly predictiveFit?: 'mixture' | 'spread';
}

const optionNames: OptionNames<GaussianOptions> = { std: true, normalized: true, predictiveFit: true };

/** A gaussian likelihood of outputs `Y`, with a predictive distribution. */
export type GaussianLikelihood<Y> = Likelihood<Y, tf.Tensor> & {
  readonly predictive: SampleFold<Y>;
  readonly cdf: (output: Y, value: tf.Tensor) => tf.Tensor;
};

/** The accumulated moments of the samples' means, and the mean of their noise. */
interface NoisyMoments {
  readonly moments: SampleMoments;
  readonly noise: tf.Tensor;
}

/** The log density of each element. Uses the log standard deviation, since the variance may underflow in float32. */
const logDensity = (
  normalized: boolean,
  mean: tf.Tensor,
  logStd: number | tf.Tensor,
  target: tf.Tensor,
): tf.Tensor => {
  const precision = isTensor(logStd) ? tf.exp(tf.neg(logStd)) : Math.exp(-logStd);
  const relative = tf.square(tf.mul(tf.sub(target, mean), precision));
  return tf.sub(tf.mul(-0.5, relative), tf.add(logStd, normalized ? 0.5 * Math.log(2 * Math.PI) : 0));
};

/** How many standard deviations a value is above the mean. */
const standardized = (mean: tf.Tensor, logStd: number | tf.Tensor, value: tf.Tensor): tf.Tensor =>
  tf.mul(
    tf.sub(checkTarget('gaussian', mean, value), mean),
    isTensor(logStd) ? tf.exp(tf.neg(logStd)) : Math.exp(-logStd),
  );

const meanAlone = (output: tf.Tensor): tf.Tensor =>
  isTensor(output)
    ? output
    : invalidArgument(
        'gaussian: output',
        'a tensor (gaussian() without options takes { mean, logStd })',
        output,
      );

const withNoise = (output: NoisyOutput): NoisyOutput => {
  if (isTensor(output) || !isTensor(output?.mean) || !isTensor(output.logStd)) {
    invalidArgument(
      'gaussian: output',
      '{ mean, logStd }, as learnedNoise returns (or pass gaussian a std)',
      output,
    );
  }
  const { mean, logStd } = output;
  return sameShape(mean.shape, logStd.shape)
    ? output
    : invalidArgument(
        'gaussian: logStd of the output',
        `of its mean's shape [${mean.shape.join(', ')}]`,
        logStd,
      );
};

const gaussianOf = <Y>(
  { normalized = true, predictiveFit = 'mixture' }: Pick<GaussianOptions, 'normalized' | 'predictiveFit'>,
  parts: (output: Y) => { readonly mean: tf.Tensor; readonly logStd: number | tf.Tensor },
): GaussianLikelihood<Y> => {
  const mixture = (samples: Y, target: tf.Tensor): tf.Tensor => {
    const { mean, logStd } = parts(samples);
    const first = tf.squeeze(tf.slice(mean, 0, 1), [0]);
    return logMeanExp(logDensity(normalized, mean, logStd, checkTarget('gaussian', first, target)));
  };
  const spread = (samples: Y, target: tf.Tensor): tf.Tensor => {
    const known = sampleMoments.add(sampleMoments.zero(), parts(samples).mean);
    const mean = sampleMoments.mean(known);
    const logStd = tf.mul(0.5, tf.log(tf.div(known.squares, known.count - 1)));
    return logDensity(normalized, mean, logStd, checkTarget('gaussian', mean, target));
  };
  return likelihood({
    name: 'gaussian',
    logProb: (output: Y, target: tf.Tensor) =>
      tf.tidy(() => {
        const { mean, logStd } = parts(output);
        return sumPerRow(logDensity(normalized, mean, logStd, checkTarget('gaussian', mean, target)));
      }),
    predictive: foldSamples<Y, NoisyMoments>({
      zero: () => ({ moments: sampleMoments.zero(), noise: tf.scalar(0) }),
      add: (known, samples) => {
        const { mean, logStd } = parts(samples);
        const variance = isTensor(logStd) ? tf.exp(tf.mul(2, logStd)) : tf.scalar(Math.exp(2 * logStd));
        const moments = sampleMoments.add(known.moments, mean);
        const share = (moments.count - known.moments.count) / moments.count;
        const noise = variance.rank === 0 ? variance : tf.div(tf.sum(variance, 0), mean.shape[0] ?? 1);
        return { moments, noise: merged(known.noise, noise, share) };
      },
      finish: ({ moments, noise }) => {
        const [mean, epistemic] = [sampleMoments.mean(moments), sampleMoments.variance(moments)];
        const aleatoric = tf.add(tf.zerosLike(mean), noise);
        return { mean, uncertainty: { total: tf.add(aleatoric, epistemic), aleatoric, epistemic } };
      },
    }),
    fewestSamples: predictiveFit === 'spread' ? 2 : 1,
    predictiveLogProb: (samples: Y, target: tf.Tensor) =>
      tf.tidy(() => sumPerRow((predictiveFit === 'spread' ? spread : mixture)(samples, target))),
    cdf: (output: Y, value: tf.Tensor) =>
      tf.tidy(() => {
        const { mean, logStd } = parts(output);
        return normalCdf(standardized(mean, logStd, value));
      }),
    survival: (output: Y, value: tf.Tensor) =>
      tf.tidy(() => {
        const { mean, logStd } = parts(output);
        return normalCdf(tf.neg(standardized(mean, logStd, value)));
      }),
  });
};

/**
 * The likelihood of real targets with normal noise: of a fixed `std`, or, without options, with the log standard deviation
 * that the network outputs with its mean, by `learnedNoise` or a custom head.
 *
 * Output and targets `[batch, outputs]`. Uncertainty is a variance: the noise's (aleatoric), that of the sampled means
 * (epistemic), and their sum (law of total variance). By default the `'predictive'` data fitting scores each target under
 * the mean of the samples' densities, noise included; see `predictiveFit`. Quantiles are those of the mixture of the
 * samples' normals.
 *
 * @throws Error if `std` is not above 0 or the targets' shape is not the output's
 * @example
 * const fixed = gaussian({ std: 0.1 });
 * const learned = gaussian(); // for a network that ends in learnedNoise(1)
 */
export function gaussian(): GaussianLikelihood<NoisyOutput>;
export function gaussian(options: GaussianOptions): GaussianLikelihood<tf.Tensor>;
export function gaussian(
  options?: GaussianOptions,
): GaussianLikelihood<NoisyOutput> | GaussianLikelihood<tf.Tensor> {
  if (options === undefined) {
    return gaussianOf({}, withNoise);
  }
  const std = positiveNumber('gaussian: std', knownOptions('gaussian', options, optionNames).std);
  const { predictiveFit = 'mixture' } = options;
  if (predictiveFit !== 'mixture' && predictiveFit !== 'spread')
    invalidArgument('gaussian: predictiveFit', "'mixture' or 'spread'", predictiveFit);
  return gaussianOf(options, (mean: tf.Tensor) => ({
    mean: meanAlone(mean),
    logStd: Math.log(std),
  }));
}
