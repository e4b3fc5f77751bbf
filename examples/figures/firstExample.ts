import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  elbo,
  fit,
  gaussian,
  linear,
  pipe,
  plot,
  predict,
  random,
  sequential,
  trainStep,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import type { Figures } from './main.ts';

/** The figure of the README, by its code. */
export const firstExample = async (): Promise<Figures> => {
  const x = tf.reshape(tf.linspace(-1, 1, 40), [40, 1]);
  const noise = tf.mul(0.1, random.normal(random.key(0), [40, 1]));
  const y = tf.add(tf.sin(tf.mul(4, x)), noise);

  const net = sequential(linear(1, 50), tf.relu, linear(50, 50), tf.relu, linear(50, 1));
  const model = bayesian()(net);
  const likelihood = gaussian({ std: 0.1 });
  const loss = pipe(
    model,
    withDivergence,
    vmapSamples({ samples: 8 }),
    elbo({ likelihood, datasetSize: 40 }),
  );
  const { params } = await fit(trainStep(loss, adam({ learningRate: 0.01 })), {
    init: model.init,
    key: random.key(1),
    epochs: 1000,
    progress: false,
    batches: batches({ inputs: x, targets: y }, { size: 40 }),
  });
  const grid = tf.reshape(tf.linspace(-2, 2, 100), [100, 1]);
  const predicted = predict(model, { likelihood })(params, random.key(2), grid);
  return { 'first-example': await plot.predictiveBand({ x: grid, ...predicted, data: { x, y } }) };
};
