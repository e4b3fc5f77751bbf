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

const STD = 0.15;
const ROWS = 80;

/** Noisy points on a wave, with a gap between -0.6 and 0.9. */
const wave = () => {
  const half = ROWS / 2;
  const at = (i: number) => (i < half ? -2.2 + (1.6 * i) / half : 0.9 + (1.3 * (i - half)) / half);
  const x = tf.tensor2d(
    Array.from({ length: ROWS }, (_, i) => at(i)),
    [ROWS, 1],
  );
  const noise = tf.mul(STD, random.normal(random.key(5), [ROWS, 1]));
  return { x, y: tf.add(tf.add(tf.sin(tf.mul(2, x)), tf.mul(0.3, x)), noise) };
};

/** Figures of a small network that is trained on the wave: its training, its band, its weights. */
export const regression = async (): Promise<Figures> => {
  const { x, y } = wave();
  const likelihood = gaussian({ std: STD });
  const model = pipe(sequential(linear(1, 40), tf.tanh, linear(40, 40), tf.tanh, linear(40, 1)), bayesian());
  const loss = pipe(
    model,
    withDivergence,
    vmapSamples({ samples: 8 }),
    elbo({ likelihood, datasetSize: ROWS, temperature: 0.1 }),
  );
  const { params, history } = await fit(trainStep(loss, adam({ learningRate: 1e-2 })), {
    init: model.init,
    key: random.key(0),
    epochs: 1500,
    batches: batches({ inputs: x, targets: y }, { size: ROWS }),
    progress: false,
  });
  const places = tf.reshape(tf.linspace(-3.2, 3.2, 161), [161, 1]);
  const { mean, uncertainty } = predict(model, { likelihood, samples: 200 })(params, random.key(1), places);
  const samples = vmapSamples({ samples: 200 })(model)(params, random.key(1), places);
  const labels = { xLabel: 'position, m', yLabel: 'height, m' };
  return {
    'training-curves': await plot.trainingCurves(history, { title: 'The loss and its two parts' }),
    'predictive-band': await plot.predictiveBand(
      { x: places, mean, uncertainty, samples, data: { x, y } },
      { ...labels, title: 'What is known where' },
    ),
    'function-quantiles': await plot.predictiveBand(
      { x: places, samples, data: { x, y } },
      { ...labels, functions: 0, levels: [0.5, 0.8, 0.95], title: 'Quantiles of the functions alone' },
    ),
    'weight-histograms': await plot.weightHistograms(params, { title: 'Where the posteriors are' }),
    'signal-to-noise': await plot.signalToNoise(params, { title: 'Which weights matter' }),
  };
};
