import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  bayesian,
  elbo,
  gaussian,
  linear,
  pipe,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { job, lossJob } from 'tfjs-bayesian/parallel';

/** A few steps of training. */
export const train = job(import.meta.url, 'train', async ({ learningRate }, key, { log }) => {
  const model = bayesian()(sequential(linear(2, 8), tf.tanh, linear(8, 1)));
  const likelihood = gaussian({ std: 0.1 });
  const loss = pipe(model, withLogProbs, vmapSamples({ samples: 3 }), elbo({ likelihood, datasetSize: 16 }));
  const { init, update } = trainStep(loss, adam({ learningRate }));
  const inputs = random.normal(key, [16, 2]);
  const targets = tf.sum(inputs, 1, true);
  let state = init(model.init(key), key);
  const losses = [];
  for (let step = 0; step < 5; step++) {
    const next = update(state, { inputs, targets }, { donate: true });
    losses.push((await next.parts.loss.data())[0]);
    tree.dispose(next.parts);
    state = next.state;
  }
  log(`${losses.length} steps`);
  return { losses, params: state.params };
});

export const model = bayesian()(sequential(linear(2, 8), tf.tanh, linear(8, 1)));

/** The loss of a training whose steps are shared out. */
export const loss = lossJob(
  import.meta.url,
  'loss',
  pipe(
    model,
    withLogProbs,
    vmapSamples({ samples: 4 }),
    elbo({ likelihood: gaussian({ std: 0.1 }), datasetSize: 16 }),
  ),
);

/** Never ends, without a pause. */
export const busy = job(import.meta.url, 'busy', (_, __, { progress }) => {
  progress('begins');
  for (;;);
});

/** Fails outside of its promise. */
export const breaks = job(import.meta.url, 'breaks', () => {
  setTimeout(() => {
    throw new Error('outside');
  });
  return new Promise(() => {});
});
