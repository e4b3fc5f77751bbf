import * as tf from '@tensorflow/tfjs-core';
import { canReadSync } from '../backend/index.ts';
import { misuse, sameShape } from '../check/index.ts';
import { isTracer } from '../vmap/index.ts';
import { type Likelihood, likelihood, type Predictive } from './likelihood.ts';
import { sumPerRow } from './sumPerRow.ts';

export interface CategoricalOptions {
  /** What the network's last axis holds: unnormalised log probabilities, or probabilities; default `'logits'`. */
  readonly inputType?: 'logits' | 'probs';
  /**
   * Added to the mean probability before its logarithm in the `'predictive'` data fitting; default 0.
   * torch_blue adds 1e-5.
   */
  readonly eps?: number;
}

/** The likelihood of class labels, with a predictive distribution. */
export type CategoricalLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: (samples: tf.Tensor) => Predictive;
};

/** Reads the labels, which costs nothing on a backend in main memory; a GPU's are left unread. */
const assertLabels = (labels: tf.Tensor, classes: number): void => {
  const hidden: boolean = isTracer(labels);
  if (hidden || !canReadSync()) return;
  const bad = labels.dataSync().find((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (bad !== undefined) {
    misuse('categorical: targets', `class labels, integers from 0 to ${classes - 1}`, bad);
  }
};

const pick = (values: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const classes =
    values.shape.at(-1) ?? misuse('categorical: output', 'a tensor with classes on its last axis', values);
  if (!sameShape(target.shape, values.shape.slice(0, -1))) {
    misuse('categorical: targets', `class labels of shape [${values.shape.slice(0, -1).join(', ')}]`, target);
  }
  assertLabels(target, classes);
  return tf.sum(tf.mul(values, tf.oneHot(tf.cast(target, 'int32'), classes)), -1);
};

const normalize = (probs: tf.Tensor): tf.Tensor => tf.div(probs, tf.sum(probs, -1, true));

/** Entropy over the last axis, in nats; a probability of 0 contributes 0. */
const entropy = (probs: tf.Tensor): tf.Tensor =>
  tf.neg(tf.sum(tf.mul(probs, tf.log(tf.maximum(probs, 1e-30))), -1));

/**
 * The likelihood of class labels given logits (or probabilities) on the output's last axis.
 *
 * Output `[batch, ..., classes]`, targets `[batch, ...]` of integers. Uncertainty is in nats: the entropy of
 * the mean probabilities (total), the mean entropy (aleatoric) and their difference, the mutual information
 * between label and weights (epistemic; Houlsby et al. 2011, eq. 2).
 *
 * @throws Error if the targets' shape does not fit or a label is not one of the classes
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }));
 */
export const categorical = ({
  inputType = 'logits',
  eps = 0,
}: CategoricalOptions = {}): CategoricalLikelihood => {
  if (inputType !== 'logits' && inputType !== 'probs')
    misuse('categorical: inputType', "'logits' or 'probs'", inputType);
  if (!(Number.isFinite(eps) && eps >= 0)) misuse('categorical: eps', 'a finite number of at least 0', eps);
  const logProbs = (output: tf.Tensor) =>
    inputType === 'logits' ? tf.logSoftmax(output) : tf.log(normalize(output));
  const probs = (output: tf.Tensor) => (inputType === 'logits' ? tf.softmax(output) : normalize(output));
  const withFloor = (samples: tf.Tensor, target: tf.Tensor) =>
    tf.tidy(() => sumPerRow(pick(tf.log(tf.add(tf.mean(probs(samples), 0), eps)), target)));
  return likelihood({
    name: 'categorical',
    logProb: (output: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => sumPerRow(pick(logProbs(output), target))),
    predictive: (samples: tf.Tensor) =>
      tf.tidy(() => {
        const each = probs(samples);
        const mean = tf.mean(each, 0);
        const total = entropy(mean);
        const aleatoric = tf.mean(entropy(each), 0);
        return { mean, uncertainty: { total, aleatoric, epistemic: tf.sub(total, aleatoric) } };
      }),
    ...(eps > 0 ? { predictiveLogProb: withFloor } : {}),
  });
};
