import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, sameShape } from '../check/index.ts';
import { labelLogProbs, pickLabels } from '../ops/labelLogProbs.ts';
import { isTensor } from '../tree/index.ts';
import { vmap } from '../vmap/index.ts';
import { checkEach } from './checkValues.ts';
import { entropyFold } from './entropyFold.ts';
import type { SampleFold } from './foldSamples.ts';
import { type Likelihood, likelihood, sumPerRow } from './likelihood.ts';
import { logMeanExp } from './specialFunctions.ts';

/** Options of `categorical`. */
export interface CategoricalOptions {
  /** What the network's last axis holds: unnormalised log probabilities, or probabilities; default `'logits'`. */
  readonly inputType?: 'logits' | 'probs';
  /**
   * Added to the mean probability before its logarithm in the `'predictive'` data fitting; default 0.
   * torch_blue adds 1e-5.
   */
  readonly eps?: number;
}

const optionNames: OptionNames<CategoricalOptions> = { inputType: true, eps: true };

/** The likelihood of class labels, with a predictive distribution. */
export type CategoricalLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: SampleFold<tf.Tensor>;
};

/** Checks labels that can be read without cost; labels on a GPU are trusted. */
const assertLabels = (labels: tf.Tensor, classes: number): void =>
  checkEach(
    labels,
    (label) => Number.isInteger(label) && label >= 0 && label < classes,
    (bad) => invalidArgument('categorical: targets', `class labels, integers from 0 to ${classes - 1}`, bad),
  );

/** A hint for labels of another form. */
const hint = (shape: readonly number[], target: unknown): string | undefined => {
  if (!isTensor(target)) return undefined;
  if (sameShape(target.shape, shape)) return 'tf.argMax(targets, -1) turns one-hot rows into labels';
  return sameShape(target.shape, [...shape.slice(0, -1), 1])
    ? 'tf.squeeze(targets, [-1]) removes the last axis'
    : undefined;
};

/** The labels of a tensor of classes on its last axis, as integers. */
const checkLabels = (values: tf.Tensor, target: tf.Tensor): tf.Tensor => {
  const classes = values.shape.at(-1) ?? 0;
  if (classes < 2)
    invalidArgument('categorical: output', 'a tensor with two or more classes on its last axis', values);
  if (!isTensor(target) || !sameShape(target.shape, values.shape.slice(0, -1))) {
    const expected = `class labels of shape [${values.shape.slice(0, -1).join(', ')}]`;
    invalidArgument('categorical: targets', expected, target, hint(values.shape, target));
  }
  assertLabels(target, classes);
  return tf.cast(target, 'int32');
};

const pick = (values: tf.Tensor, target: tf.Tensor): tf.Tensor =>
  pickLabels(values, checkLabels(values, target));

const assertOutput = (output: tf.Tensor): void => {
  if (!isTensor(output) || output.rank === 0)
    invalidArgument('categorical: output', 'a tensor with two or more classes on its last axis', output);
};

const normalize = (probs: tf.Tensor): tf.Tensor => tf.div(probs, tf.sum(probs, -1, true));

/**
 * The likelihood of class labels given logits (or probabilities) on the output's last axis.
 *
 * Output `[batch, ..., classes]`, targets `[batch, ...]` of integers. Uncertainty is in nats: the entropy of
 * the mean probabilities (total), the mean entropy (aleatoric) and their difference, the mutual information
 * between label and weights (epistemic; Houlsby et al. 2011, eq. 2). None of them is below 0.
 *
 * @throws Error if an option is out of range, the targets' shape does not fit or a label is not one of the classes;
 * where labels cannot be read (on a GPU, inside `vmap`) such a row is NaN
 * @example
 * const loss = pipe(model, withLogProbs, vmapSamples({ samples: 10 }),
 *   elbo({ likelihood: categorical(), datasetSize: 60_000 }));
 */
export const categorical = (options: CategoricalOptions = {}): CategoricalLikelihood => {
  const { inputType = 'logits', eps = 0 } = knownOptions('categorical', options, optionNames);
  if (inputType !== 'logits' && inputType !== 'probs')
    invalidArgument('categorical: inputType', "'logits' or 'probs'", inputType);
  if (!(Number.isFinite(eps) && eps >= 0))
    invalidArgument('categorical: eps', 'a finite number of at least 0', eps);
  const probs = (output: tf.Tensor) => {
    assertOutput(output);
    return inputType === 'logits' ? tf.softmax(output) : normalize(output);
  };
  const ofEach = (output: tf.Tensor, target: tf.Tensor) => {
    assertOutput(output);
    return inputType === 'logits'
      ? labelLogProbs(output, checkLabels(output, target))
      : tf.log(pick(normalize(output), target));
  };
  const ofMean = (samples: tf.Tensor, target: tf.Tensor) =>
    eps > 0
      ? tf.log(tf.add(pick(tf.mean(probs(samples), 0), target), eps))
      : logMeanExp(vmap((output: tf.Tensor) => ofEach(output, target))(samples));
  return likelihood({
    name: 'categorical',
    logProb: (output: tf.Tensor, target: tf.Tensor) => tf.tidy(() => sumPerRow(ofEach(output, target))),
    predictive: entropyFold(
      (samples: tf.Tensor) => [probs(samples)],
      (terms: tf.Tensor) => tf.sum(terms, -1),
    ),
    predictiveLogProb: (samples: tf.Tensor, target: tf.Tensor) =>
      tf.tidy(() => sumPerRow(ofMean(samples, target))),
  });
};
