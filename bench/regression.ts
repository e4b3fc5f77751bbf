import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  adam,
  bayesian,
  compile,
  elbo,
  gaussian,
  linear,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import type { Run } from './contender.ts';

const ROWS = 40;

/** A training step of the README's regression, as it is or compiled: next to nothing to compute. */
export const regressionStep = (how: 'as it is' | 'compiled') => (): Run => {
  const inputs = tf.reshape(tf.linspace(-1, 1, ROWS), [ROWS, 1]);
  const batch = { inputs, targets: tf.sin(tf.mul(4, inputs)) };
  const model = bayesian()(sequential(linear(1, 50), tf.relu, linear(50, 50), tf.relu, linear(50, 1)));
  const loss = pipe(
    model,
    withDivergence,
    vmapSamples({ samples: 8 }),
    elbo({ likelihood: gaussian({ std: 0.1 }), datasetSize: ROWS }),
  );
  const step = trainStep(how === 'compiled' ? compile(loss) : loss, adam({ learningRate: 0.01 }));
  let state = step.init(model.init(random.key(0)), random.key(1));
  return () => {
    const updated = step.update(state, batch, { donate: true });
    state = updated.state;
    if (!Number.isFinite(updated.parts.loss.dataSync()[0])) throw new Error('the loss is not finite');
    tree.dispose(updated.parts);
  };
};
