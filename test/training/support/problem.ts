import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  linear,
  random,
  sequential,
  trainStep,
  vmapSamples,
  withLogProbs,
} from '../../../src/index.ts';

/** A small classification problem: 10 rows, batches of 4, so 3 steps an epoch. */
export const problem = () => {
  const model = bayesian()(sequential({ hidden: linear(2, 3), tanh: (x) => tf.tanh(x), last: linear(3, 2) }));
  const inputs = random.normal(random.key(100), [10, 2]);
  const targets: tf.Tensor = tf.tidy(() => tf.cast(tf.greater(tf.sum(inputs, 1), 0), 'int32'));
  const loss = elbo({ likelihood: categorical(), datasetSize: 10 })(
    vmapSamples({ samples: 2 })(withLogProbs(model)),
  );
  const step = trainStep(loss, adam({ learningRate: 1e-2 }));
  return { model, inputs, targets, loss, step, data: batches({ inputs, targets }, { size: 4 }) };
};
