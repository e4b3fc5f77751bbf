import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  adam,
  batches,
  bayesian,
  deterministic,
  elbo,
  gaussian,
  layer,
  linear,
  normal,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';

const scale = layer({ 'a.b': deterministic([2]) }, (parts) => (x: tf.Tensor) => tf.mul(x, parts['a.b']));

/** A small network with posteriors, ordinary weights, a layer without weights and a name with a dot. */
export const net = sequential(linear(3, 4), tf.relu, deterministic(linear(4, 2)), scale);

/** The network as a model. */
export const model = bayesian({ prior: normal({ std: 0.5 }) })(net);

/** The loss of the state below. */
export const loss = pipe(
  model,
  withLogProbs,
  vmapSamples({ samples: 2 }),
  elbo({ likelihood: gaussian({ std: 1 }), datasetSize: 20 }),
);

/** The optimizer of the state below. */
export const optimizer = adam({ learningRate: 0.01 });

export const step = trainStep(loss, optimizer);

/** Twenty rows in batches of eight. */
export const data = () =>
  batches(
    { inputs: random.normal(random.key(1), [20, 3]), targets: random.normal(random.key(2), [20, 2]) },
    { size: 8 },
  );

/** A state in the middle of training, with moments that are not zero. */
export const trained = () => {
  const first = step.init(model.init(random.key(0)), random.key(2 ** 40 + 5));
  const order = data().epoch(random.key(3), 0);
  return [0, 1].reduce((state, index) => {
    const { state: next, parts } = step.update(state, order.at(index), { donate: true });
    tree.dispose(parts);
    return next;
  }, first);
};
