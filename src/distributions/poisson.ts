import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { foldSamples, type SampleFold } from './foldSamples.ts';
import { checkTarget, type Likelihood, likelihood, sumPerRow } from './likelihood.ts';
import { peekValues } from './peekValues.ts';
import { type SampleMoments, sampleMoments } from './sampleMoments.ts';
import { expExcess, logFactorial, logMeanExp } from './specialFunctions.ts';

/** Options of `poisson`. */
export interface PoissonOptions {
  /** Whether log probabilities include `-log target!`, which does not affect gradients; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<PoissonOptions> = { normalized: true };

/** The likelihood of counts, with a predictive distribution. */
export type PoissonLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: SampleFold<tf.Tensor>;
};

const checked = (output: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const counts = checkTarget('poisson', output, target);
  const bad = peekValues(counts).find((count) => !(Number.isInteger(count) && count >= 0));
  return bad === undefined
    ? tf.cast(counts, 'float32')
    : invalidArgument('poisson: targets', 'counts from 0 up', bad);
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

/**
 * The likelihood of counts whose rate is the exponential of the network's output.
 *
 * Output and targets `[batch, outputs]`. The predictive mean is the mean rate. Uncertainty is a variance: the mean
 * rate (aleatoric), the variance of the sampled rates (epistemic) and their sum. The `'predictive'` data fitting
 * scores each target under its mean probability.
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
  });
};
