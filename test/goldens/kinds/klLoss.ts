import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { type random, valueAndGrad, type WithLogProbs } from 'tfjs-bayesian';
import type { Check } from '../checked.ts';
import { compareThose } from '../compareThose.ts';
import { arrayIn, textIn, toTensor } from '../json.ts';
import { toTarget } from '../likelihoods.ts';
import { makeObjective } from '../objective.ts';
import { unused } from '../recordedCase.ts';

interface Given {
  readonly samples: tf.Tensor;
  readonly logProbs: tf.Tensor;
}

/** A model that has run already: its samples and log probabilities are its parameters. */
const given = ({ samples, logProbs }: Given, _: random.Key): WithLogProbs<tf.Tensor> => {
  const [prior, posterior] = tf.unstack(logProbs, logProbs.rank - 1);
  if (prior === undefined || posterior === undefined) throw new Error('log_probs needs two columns');
  return { output: samples, logProbs: { prior, posterior } };
};

/** The sampled loss on given samples and log probabilities, its parts and its gradients. */
export const checkKlLoss: Check = (golden) => {
  const samples = toTensor(arrayIn(golden, 'samples'));
  const logProbs = toTensor(arrayIn(golden, 'log_probs'));
  const target = toTarget(textIn(golden, 'predictive'), arrayIn(golden, 'target'));
  const [count = 1, batchSize = 1] = samples.shape;
  const loss = makeObjective<Given, []>(golden, Object.assign(given, { samples: count }), batchSize);
  const [parts, gradient] = valueAndGrad(loss)({ samples, logProbs }, unused, {
    inputs: [],
    targets: target,
  });
  return E.right(
    compareThose(golden, {
      loss: parts.loss,
      data_fitting: parts.dataFitting,
      prior_matching: parts.divergence,
      grad_samples: gradient.samples,
      grad_log_probs: gradient.logProbs,
    }),
  );
};
