import * as tf from '@tensorflow/tfjs-core';
import { categorical, gaussian, type Likelihood, likelihood, type Predictive } from 'tfjs-bayesian';
import { type GoldenArray, toLabels, toTensor } from './json.ts';

/** A likelihood that can score what the samples say together. */
export interface Scoring extends Likelihood<tf.Tensor> {
  readonly predictive: (samples: tf.Tensor) => Predictive;
  readonly predictiveLogProb: (samples: tf.Tensor, target: tf.Tensor) => tf.Tensor;
}

/**
 * An ordinary loss as a user's own likelihood, which is what torch_blue's NonBayesian is as a predictive
 * distribution: the negative cost of the mean prediction, averaged over all axes but the batch.
 */
const ordinary = (name: string, cost: (error: tf.Tensor) => tf.Tensor): Scoring => {
  const logProb = (output: tf.Tensor, target: tf.Tensor): tf.Tensor =>
    tf.tidy(() => tf.neg(tf.mean(tf.reshape(cost(tf.sub(output, target)), [output.shape[0] ?? 1, -1]), 1)));
  return likelihood({
    name,
    logProb,
    predictive: (samples: tf.Tensor): Predictive => {
      const mean = tf.mean(samples, 0);
      const none = tf.zerosLike(mean);
      return { mean, uncertainty: { total: none, aleatoric: none, epistemic: none } };
    },
    predictiveLogProb: (samples: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => logProb(tf.mean(samples, 0), target)),
  });
};

/** torch_blue adds this to the mean probability before its logarithm. */
const EPS = 1e-5;

const makers: Readonly<Record<string, (normalized: boolean) => Likelihood<tf.Tensor>>> = {
  categorical_logits: () => categorical({ inputType: 'logits', eps: EPS }),
  categorical_probs: () => categorical({ inputType: 'probs', eps: EPS }),
  normal: (normalized) => gaussian({ std: 1, normalized, predictiveFit: 'spread' }),
  mse: () => ordinary('mse', tf.square),
  l1: () => ordinary('l1', tf.abs),
};

/**
 * The likelihood for the name of a predictive distribution.
 *
 * @throws Error for an unknown name
 */
export const findLikelihood = (predictive: string, normalized: boolean): Scoring => {
  const made = Object.hasOwn(makers, predictive) ? makers[predictive]?.(normalized) : undefined;
  if (made?.predictive === undefined || made.predictiveLogProb === undefined) {
    throw new Error(`'${predictive}' is no predictive distribution that this check knows`);
  }
  return made as Scoring;
};

/** A target as the likelihood takes it: class labels for a categorical one, real numbers otherwise. */
export const toTarget = (predictive: string, target: GoldenArray): tf.Tensor =>
  predictive.startsWith('categorical') ? toLabels(target) : toTensor(target);
