import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { checkEach } from './checkValues.ts';
import { foldSamples, type SampleFold } from './foldSamples.ts';
import { checkTarget, type Likelihood, likelihood, sumPerRow } from './likelihood.ts';
import { type SampleMoments, sampleMoments } from './sampleMoments.ts';
import { expExcess, logFactorial, logMeanExp, normalCdf } from './specialFunctions.ts';

/** Options of `poisson`. */
export interface PoissonOptions {
  /** Whether log probabilities include `-log target!`, which does not affect gradients; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<PoissonOptions> = { normalized: true };

/** The likelihood of counts, with a predictive distribution. */
export type PoissonLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: SampleFold<tf.Tensor>;
  readonly cdf: (output: tf.Tensor, value: tf.Tensor) => tf.Tensor;
};

const checked = (output: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const counts = checkTarget('poisson', output, target);
  checkEach(
    counts,
    (count) => Number.isInteger(count) && count >= 0,
    (bad) => invalidArgument('poisson: targets', 'counts from 0 up', bad),
  );
  return tf.cast(counts, 'float32');
};

/** The log probability without the term that depends only on the counts. */
const unnormalized = (logRate: tf.Tensor, counts: tf.Tensor): tf.Tensor =>
  tf.sub(tf.mul(counts, logRate), tf.exp(logRate));

/** `log n! - n log n + n` for counts `n` of at least 1: Stirling's series (DLMF 5.11.1) where it is accurate enough. */
const stirlingRest = (n: tf.Tensor): tf.Tensor => {
  const r = tf.square(tf.reciprocal(n));
  const series = tf.div(tf.add(tf.mul(tf.sub(tf.mul(r, 1 / 1260), 1 / 360), r), 1 / 12), n);
  const large = tf.add(tf.mul(0.5, tf.log(tf.mul(2 * Math.PI, n))), series);
  const small = tf.add(tf.sub(logFactorial(n), tf.mul(n, tf.log(n))), n);
  return tf.where(tf.less(n, 8), small, large);
};

/**
 * `-n (e^d - 1 - d) - (log n! - n log n + n)` with `d = log(rate / n)` (Loader, Fast and accurate computation of binomial
 * probabilities, 2000): small near the rate, where the terms of the plain formula are large and cancel.
 */
const normalizedLogProb = (logRate: tf.Tensor, counts: tf.Tensor): tf.Tensor => {
  const n = tf.maximum(counts, 1);
  const distance = tf.mul(n, expExcess(tf.sub(logRate, tf.log(n))));
  const ofCount = tf.neg(tf.add(distance, stirlingRest(n)));
  return tf.where(tf.greater(counts, 0), ofCount, tf.neg(tf.exp(logRate)));
};

/** Counts below this have their probabilities added one by one. */
const few = 10;

/** The probability of at most `count`, for counts below `few`: the sum of those of 0, 1, ... */
const fewAtMost = (logRate: tf.Tensor, count: tf.Tensor): tf.Tensor => {
  const rate = tf.exp(logRate);
  const none = tf.exp(tf.neg(rate));
  return Array.from({ length: few }, (_, n) => n).reduce(
    ({ term, sum }, n) => ({
      term: tf.mul(term, tf.div(rate, n + 1)),
      sum: tf.add(sum, tf.where(tf.greaterEqual(count, n), term, tf.zerosLike(term))),
    }),
    { term: none, sum: tf.zerosLike(none) as tf.Tensor },
  ).sum;
};

/** Taylor coefficients in `eta` of the functions that are divided by 1, a, a^2 and a^3 in `manyAtMost`. */
const temmeCoefficients = [
  [-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515, -571 / 261273600, -1.85406e-6],
  [-1 / 540, -1 / 288, 1 / 378, -77 / 77760, 1 / 4860],
  [25 / 6048, -139 / 51840, 1 / 1296],
  [6.4943416e-4, 2.2947209e-4],
] as const;

const polynomial = (coefficients: readonly number[], x: tf.Tensor): tf.Tensor =>
  coefficients.reduceRight<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, x), c), tf.zerosLike(x));

/** `sign(d) sqrt(2 (e^d - 1 - d))`; near 0, where that would cancel, by the Taylor series of `e^d`. */
const signedRootExcess = (d: tf.Tensor): tf.Tensor => {
  const near = tf.clipByValue(d, -0.5, 0.5);
  const series = polynomial([1, 1 / 3, 1 / 12, 1 / 60, 1 / 360, 1 / 2520, 1 / 20160], near);
  const far = tf.mul(tf.sign(d), tf.sqrt(tf.mul(2, expExcess(d))));
  return tf.where(tf.less(tf.abs(d), 0.5), tf.mul(near, tf.sqrt(series)), far);
};

/**
 * The probability of at most `count`, for counts from `few` up: the regularized incomplete gamma function
 * `Q(a, rate)` with `a = count + 1`, by Temme's uniform expansion (DLMF 8.12.4 and 8.12.7 to 8.12.10).
 */
const manyAtMost = (logRate: tf.Tensor, count: tf.Tensor): tf.Tensor => {
  const a = tf.add(count, 1);
  const eta = signedRootExcess(tf.sub(logRate, tf.log(a)));
  // Further out its factor, the exponential, vanishes.
  const near = tf.clipByValue(eta, -2, 2);
  const sum = temmeCoefficients.reduceRight<tf.Tensor>(
    (rest, coefficients) => tf.add(tf.div(rest, a), polynomial(coefficients, near)),
    tf.zerosLike(a),
  );
  const factor = tf.div(tf.exp(tf.mul(tf.mul(-0.5, a), tf.square(eta))), tf.sqrt(tf.mul(2 * Math.PI, a)));
  return tf.add(normalCdf(tf.neg(tf.mul(eta, tf.sqrt(a)))), tf.mul(factor, sum));
};

/** The probability of at most `value`; 0 for values below 0. */
const atMost = (logRate: tf.Tensor, value: tf.Tensor): tf.Tensor => {
  const count = tf.floor(value);
  const [small, large] = [tf.minimum(count, few - 1), tf.maximum(count, few)];
  return tf.where(tf.less(count, few), fewAtMost(logRate, small), manyAtMost(logRate, large));
};

/**
 * The likelihood of counts whose rate is the exponential of the network's output.
 *
 * Output and targets `[batch, outputs]`. The predictive mean is the mean rate. Uncertainty is a variance: the mean
 * rate (aleatoric), the variance of the sampled rates (epistemic) and their sum. The `'predictive'` data fitting
 * scores each target under its mean probability. Quantiles are those of the mixture of the samples' counts: integers,
 * exact up to 2^24.
 *
 * @throws Error if the targets' shape is not the output's, or a target is not a count (where targets can be read
 * without cost)
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: poisson(), datasetSize: 500 }));
 */
export const poisson = (options: PoissonOptions = {}): PoissonLikelihood => {
  const { normalized = true } = knownOptions('poisson', options, optionNames);
  const ofEach = normalized ? normalizedLogProb : unnormalized;
  return likelihood({
    name: 'poisson',
    logProb: (output: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => sumPerRow(ofEach(output, checked(output, target)))),
    predictive: foldSamples<tf.Tensor, SampleMoments>({
      zero: sampleMoments.zero,
      add: (known, samples) => sampleMoments.add(known, tf.exp(samples)),
      finish: (known) => {
        const [mean, epistemic] = [sampleMoments.mean(known), sampleMoments.variance(known)];
        return {
          mean,
          uncertainty: { total: tf.add(mean, epistemic), aleatoric: tf.clone(mean), epistemic },
        };
      },
    }),
    predictiveLogProb: (samples: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => {
        const first = tf.squeeze(tf.slice(samples, 0, 1), [0]);
        return sumPerRow(logMeanExp(ofEach(samples, checked(first, target))));
      }),
    discrete: true,
    cdf: (output: tf.Tensor, value: tf.Tensor) =>
      tf.tidy(() => atMost(output, tf.cast(checkTarget('poisson', output, value), 'float32'))),
  });
};
