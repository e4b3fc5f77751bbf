import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
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

const ROWS = 120;

/** Two interleaved half circles with noise. */
const twoMoons = () => {
  const half = ROWS / 2;
  const noise = random.normal(random.key(2), [ROWS, 2]);
  const clean = Array.from({ length: ROWS }, (_, i) => {
    const angle = (Math.PI * (i % half)) / (half - 1);
    return i < half ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  });
  const labels = tf.tensor1d(
    Array.from({ length: ROWS }, (_, i) => (i < half ? 0 : 1)),
    'int32',
  );
  return { inputs: tf.add(tf.tensor2d(clean), tf.mul(0.15, noise)), labels };
};

/** Maps of the uncertainty of a classifier of two moons. */
export const moons = async (): Promise<Figures> => {
  const { inputs, labels } = twoMoons();
  const likelihood = categorical();
  const model = pipe(sequential(linear(2, 32), tf.relu, linear(32, 32), tf.relu, linear(32, 2)), bayesian());
  const loss = pipe(
    model,
    withDivergence,
    vmapSamples({ samples: 8 }),
    elbo({ likelihood, datasetSize: ROWS, temperature: 0.1 }),
  );
  const { params } = await fit(trainStep(loss, adam({ learningRate: 1e-2 })), {
    init: model.init,
    key: random.key(0),
    epochs: 600,
    batches: batches({ inputs, targets: labels }, { size: ROWS }),
    progress: false,
  });
  const { x, y, points } = plot.grid({ x: [-2.5, 3.5], y: [-2.5, 3] });
  const { uncertainty } = predict(model, { likelihood, samples: 200 })(
    params,
    random.key(1),
    tf.tensor2d(points),
  );
  const [first, second] = tf.unstack(inputs, 1) as [tf.Tensor, tf.Tensor];
  return {
    'uncertainty-map': await plot.uncertaintyMap(
      { x, y, uncertainty, data: { x: first, y: second, classes: labels } },
      { valueLabel: 'entropy, nats', xLabel: 'first input', yLabel: 'second input', title: 'Two moons' },
    ),
  };
};
