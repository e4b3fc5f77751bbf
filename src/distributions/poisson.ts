import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, misuse, type OptionNames } from '../check/index.ts';
import { foldSamples, type SampleFold } from './foldSamples.ts';
import { type Likelihood, likelihood } from './likelihood.ts';
import { logFactorial } from './logFactorial.ts';
import { logMeanExp } from './logMeanExp.ts';
import { readable } from './readable.ts';
import { type SampleMoments, sampleMoments } from './sampleMoments.ts';
import { sumPerRow } from './sumPerRow.ts';
import { targetLike } from './targetLike.ts';

/** Options of `poisson`. */
export interface PoissonOptions {
  /** Whether log probabilities include `-log target!`, which no gradient sees; default true. */
  readonly normalized?: boolean;
}

const optionNames: OptionNames<PoissonOptions> = { normalized: true };

/** The likelihood of counts, with a predictive distribution. */
export type PoissonLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: SampleFold<tf.Tensor>;
};

const checked = (output: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const counts = targetLike('poisson', output, target);
  const bad = readable(counts).find((count) => !(Number.isInteger(count) && count >= 0));
  return bad === undefined ? tf.cast(counts, 'float32') : misuse('poisson: targets', 'counts from 0 up', bad);
};

/**
 * The likelihood of counts whose rate is the exponential of the network's output.
 *
 * Output and targets `[batch, outputs]`. The prediction's mean is the mean rate; its uncertainty is a variance:
 * the mean rate (aleatoric), the variance of the sampled rates (epistemic) and their sum. The `'predictive'`
 * data fitting scores each target under its mean probability.
 *
 * @throws Error if the targets' shape is not the output's, or a target is no count (where targets can be read
 * at no cost)
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: poisson(), datasetSize: 500 }));
 */
export const poisson = (options: PoissonOptions = {}): PoissonLikelihood => {
  const { normalized = true } = knownOptions('poisson', options, optionNames);
  const ofEach = (logRate: tf.Tensor, counts: tf.Tensor): tf.Tensor => {
    const terms = tf.sub(tf.mul(counts, logRate), tf.exp(logRate));
    return normalized ? tf.sub(terms, logFactorial(counts)) : terms;
  };
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
