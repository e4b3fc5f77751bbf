import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { checkEach } from './checkValues.ts';
import { entropyFold } from './entropyFold.ts';
import type { SampleFold } from './foldSamples.ts';
import { checkTarget, type Likelihood, likelihood, sumPerRow } from './likelihood.ts';
import { logMeanExp } from './specialFunctions.ts';

/** Options of `bernoulli`. */
export interface BernoulliOptions {
  /** What the network outputs: the log odds of a one, or its probability; default `'logits'`. */
  readonly inputType?: 'logits' | 'probs';
}

const optionNames: OptionNames<BernoulliOptions> = { inputType: true };

/** The likelihood of zeros and ones, with a predictive distribution. */
export type BernoulliLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: SampleFold<tf.Tensor>;
};

const checked = (output: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const labels = checkTarget('bernoulli', output, target);
  checkEach(
    labels,
    (label) => label === 0 || label === 1,
    (bad) => invalidArgument('bernoulli: targets', 'zeros and ones', bad),
  );
  return labels;
};

/** `-softplus((1 - 2 y) logit)`, which keeps its precision for probabilities near 1. */
const ofLogits = (logits: tf.Tensor, target: tf.Tensor): tf.Tensor =>
  tf.neg(tf.softplus(tf.mul(tf.sub(1, tf.mul(2, target)), logits)));

/** Selects instead of multiplying by 0, since the other class's log probability may be infinite. */
const ofProbs = (probs: tf.Tensor, target: tf.Tensor): tf.Tensor =>
  tf.log(tf.where(tf.greater(target, 0.5), probs, tf.sub(1, probs)));

/**
 * The likelihood of zeros and ones given log odds (or probabilities), for binary or multi-label targets.
 *
 * Output and targets `[batch, outputs]`. The predictive mean is the probability of a one. Uncertainty is in nats
 * for each output: the entropy of the mean probability (total), the mean entropy (aleatoric) and their difference
 * (epistemic), none below 0. The `'predictive'` data fitting scores each target under the mean probability.
 *
 * @throws Error if an option is out of range, the targets' shape is not the output's, or a target is neither 0 nor
 * 1 (where targets can be read without cost)
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: bernoulli(), datasetSize: 60_000 }));
 */
export const bernoulli = (options: BernoulliOptions = {}): BernoulliLikelihood => {
  const { inputType = 'logits' } = knownOptions('bernoulli', options, optionNames);
  if (inputType !== 'logits' && inputType !== 'probs')
    invalidArgument('bernoulli: inputType', "'logits' or 'probs'", inputType);
  /** The probabilities of a one and of a zero; from logits the smaller one keeps its precision. */
  const both = (output: tf.Tensor): readonly tf.Tensor[] =>
    inputType === 'logits'
      ? [tf.sigmoid(output), tf.sigmoid(tf.neg(output))]
      : [tf.clone(output), tf.sub(1, output)];
  const ofEach = inputType === 'logits' ? ofLogits : ofProbs;
  return likelihood({
    name: 'bernoulli',
    logProb: (output: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => sumPerRow(ofEach(output, checked(output, target)))),
    predictive: entropyFold(both, (terms: tf.Tensor) => terms),
    predictiveLogProb: (samples: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => {
        const first = tf.squeeze(tf.slice(samples, 0, 1), [0]);
        return sumPerRow(logMeanExp(ofEach(samples, checked(first, target))));
      }),
  });
};
