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
const TESTED = 500;

/** Noisy points on a wave, with a gap between -0.6 and 0.9. */
const wave = (key: random.Key, rows: number) => {
  const half = rows / 2;
  const at = (i: number) => (i < half ? -2.2 + (1.6 * i) / half : 0.9 + (1.3 * (i - half)) / half);
  const x = tf.tensor2d(
    Array.from({ length: rows }, (_, i) => at(i)),
    [rows, 1],
  );
  const noise = tf.mul(STD, random.normal(key, [rows, 1]));
  return { x, y: tf.add(tf.add(tf.sin(tf.mul(2, x)), tf.mul(0.3, x)), noise) };
};

/** The probability of a value of at most the target, for a normal. */
const transforms = (targets: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor): tf.Tensor =>
  tf.div(tf.add(1, tf.erf(tf.div(tf.sub(targets, mean), tf.sqrt(tf.mul(2, variance))))), 2);

/** Figures of a small network that is trained on the wave: its training, its band, its weights. */
export const regression = async (): Promise<Figures> => {
  const { x, y } = wave(random.key(5), ROWS);
  const likelihood = gaussian({ std: STD });
  // Units that go on rising: beyond the data the sampled functions part, where tanh would let them level off alike.
  const net = sequential(linear(1, 100), tf.relu, linear(100, 100), tf.relu, linear(100, 1));
  const model = pipe(net, bayesian());
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
  const test = wave(random.key(6), TESTED);
  const tested = predict(model, { likelihood, samples: 200 })(params, random.key(2), test.x);
  const pit = transforms(test.y, tested.mean, tested.uncertainty.total);
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
    'interval-coverage': await plot.intervalCoverage(pit, { title: 'Do intervals hold what they say?' }),
    'pit-histogram': await plot.pitHistogram(pit, { title: 'Where targets are in their predictions' }),
    'weight-histograms': await plot.weightHistograms(params, { title: 'Where the posteriors are' }),
    'signal-to-noise': await plot.signalToNoise(params, { title: 'Which weights matter' }),
  };
};
