import * as tf from '@tensorflow/tfjs-core';
import { misuse, positiveNumber, sameShape } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { type Likelihood, likelihood, type Predictive } from './likelihood.ts';
import { sumPerRow } from './sumPerRow.ts';
import { targetLike } from './targetLike.ts';

/** An output with its own noise: `mean` and `logStd` (log standard deviation), both `[batch, outputs]`. */
export interface NoisyOutput {
  readonly mean: tf.Tensor;
  readonly logStd: tf.Tensor;
}

/** Options of `gaussian` where the noise is known. */
export interface GaussianOptions {
  /** The standard deviation of the noise, in units of the target. */
  readonly std: number;
  /** Whether log densities include the constant -log(2 pi) / 2; default true. */
  readonly normalized?: boolean;
}

/** A gaussian likelihood of outputs `Y`, with a predictive distribution. */
export type GaussianLikelihood<Y> = Likelihood<Y, tf.Tensor> & {
  readonly predictive: (samples: Y) => Predictive;
};

const logDensity = (
  normalized: boolean,
  mean: tf.Tensor,
  variance: tf.Tensor,
  target: tf.Tensor,
): tf.Tensor => {
  const error = tf.sub(targetLike('gaussian', mean, target), mean);
  const terms = tf.add(tf.div(tf.square(error), variance), tf.log(variance));
  return sumPerRow(tf.mul(-0.5, tf.add(terms, normalized ? Math.log(2 * Math.PI) : 0)));
};

const meanAlone = (output: tf.Tensor): tf.Tensor =>
  isTensor(output)
    ? output
    : misuse('gaussian: output', 'a tensor (gaussian() without options takes { mean, logStd })', output);

const withNoise = (output: NoisyOutput): NoisyOutput => {
  if (isTensor(output) || !isTensor(output?.mean) || !isTensor(output.logStd)) {
    misuse('gaussian: output', '{ mean, logStd }, as learnedNoise gives (or pass gaussian a std)', output);
  }
  const { mean, logStd } = output;
  return sameShape(mean.shape, logStd.shape)
    ? output
    : misuse('gaussian: logStd of the output', `of its mean's shape [${mean.shape.join(', ')}]`, logStd);
};

const overSamples = (values: tf.Tensor): { readonly mean: tf.Tensor; readonly squares: tf.Tensor } => {
  const mean = tf.mean(values, 0);
  return { mean, squares: tf.sum(tf.square(tf.sub(values, mean)), 0) };
};

const gaussianOf = <Y>(
  normalized: boolean,
  parts: (output: Y) => { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
): GaussianLikelihood<Y> =>
  likelihood({
    name: 'gaussian',
    logProb: (output: Y, target: tf.Tensor) =>
      tf.tidy(() => {
        const { mean, variance } = parts(output);
        return logDensity(normalized, mean, variance, target);
      }),
    predictive: (samples: Y) =>
      tf.tidy(() => {
        const { mean: each, variance } = parts(samples);
        const { mean, squares } = overSamples(each);
        const aleatoric = tf.mean(tf.add(tf.zerosLike(each), variance), 0);
        const epistemic = tf.div(squares, each.shape[0] ?? 1);
        return { mean, uncertainty: { total: tf.add(aleatoric, epistemic), aleatoric, epistemic } };
      }),
    fewestSamples: 2,
    predictiveLogProb: (samples: Y, target: tf.Tensor) =>
      tf.tidy(() => {
        const { mean: each } = parts(samples);
        const { mean, squares } = overSamples(each);
        return logDensity(normalized, mean, tf.div(squares, (each.shape[0] ?? 1) - 1), target);
      }),
  });

/**
 * The likelihood of real targets with normal noise: of a fixed `std`, or, without options, of the noise that
 * the network gives beside its mean, as `learnedNoise` or a head of its own does.
 *
 * Output and targets `[batch, outputs]`. Uncertainty is a variance: the noise's (aleatoric), that of the
 * sampled means (epistemic), and their sum (law of total variance). The `'predictive'` data fitting scores
 * targets under the mean and the unbiased spread of the samples alone, as torch_blue does; it needs two samples.
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
    return gaussianOf(true, (output: NoisyOutput) => {
      const { mean, logStd } = withNoise(output);
      return { mean, variance: tf.exp(tf.mul(2, logStd)) };
    });
  }
  const std = positiveNumber('gaussian: std', options.std);
  return gaussianOf(options.normalized ?? true, (mean: tf.Tensor) => ({
    mean: meanAlone(mean),
    variance: tf.scalar(std * std),
  }));
}
