import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  categorical,
  conv2d,
  elbo,
  fit,
  flatten,
  flipout,
  linear,
  maxPool2d,
  pipe,
  predict,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import { tryBackend } from '../backend.ts';
import { runProgram } from '../commandLine.ts';
import { evaluate, table } from '../mnist/report.ts';
import { loadImages } from './data.ts';
import { help, type Options, parseOptions } from './options.ts';

const TEST_SAMPLES = 100;

/** LeNet-5 (LeCun et al. 1998) with max pooling instead of means and ReLU instead of tanh, as is common today. */
const network = sequential(
  conv2d(1, 6, 5, { padding: 2 }),
  maxPool2d(2),
  tf.relu,
  conv2d(6, 16, 5),
  maxPool2d(2),
  tf.relu,
  flatten(),
  linear(400, 120),
  tf.relu,
  linear(120, 84),
  tf.relu,
  linear(84, 10),
);

/** Large steps first, smaller ones for the last epochs. */
const stages: readonly { readonly until: number; readonly learningRate: number }[] = [
  { until: 0.6, learningRate: 2e-3 },
  { until: 0.85, learningRate: 5e-4 },
  { until: 1, learningRate: 1e-4 },
];

const run = async (options: Options): Promise<number> => {
  const backend = await tryBackend('lenet', options.backend);
  if (backend === undefined) return 1;
  const { dataset, data, limit, samples, epochs, batchSize, seed } = options;
  const train = loadImages(dataset, data, 'train', limit);
  const test = loadImages(dataset, data, 't10k', 10_000);
  const rows = train.labels.size;
  console.log(
    `${rows} training images of ${dataset}, ${samples} weight samples per step, LeNet-5, ${backend} backend`,
  );

  const model = pipe(network, bayesian());
  const likelihood = categorical();
  const loss = pipe(
    model,
    flipout,
    withDivergence,
    vmapSamples({ samples }),
    elbo({ likelihood, datasetSize: rows }),
  );
  const [trainKey, testKey] = random.split(random.key(seed)) as readonly [random.Key, random.Key];
  const shuffled = batches({ inputs: train.images, targets: train.labels }, { size: batchSize });

  const began = performance.now();
  const step = (learningRate: number) => trainStep(loss, adam({ learningRate }));
  const [first, ...others] = stages;
  let state = await fit(step(first!.learningRate), {
    init: model.init,
    key: trainKey,
    epochs: Math.max(1, Math.round(first!.until * epochs)),
    batches: shuffled,
  });
  for (const { until, learningRate } of others) {
    const before = state;
    state = await fit(step(learningRate), {
      state: before,
      epochs: Math.max(1, Math.round(until * epochs)),
      batches: shuffled,
    });
    tree.dispose([before.params, before.optimizer]);
  }
  const seconds = (performance.now() - began) / 1000;

  const prediction = predict(model, { likelihood, samples: TEST_SAMPLES })(
    state.params,
    testKey,
    test.images,
  );
  console.log(
    `\nOn ${test.labels.size} test images, ${TEST_SAMPLES} weight samples (NLL and entropies in nats):\n`,
  );
  console.log(table(epochs, seconds, await evaluate(prediction, test.labels)));
  tree.dispose([state.params, state.optimizer, prediction, train, test]);
  return 0;
};

process.exitCode = await runProgram({ name: 'lenet', help, parse: parseOptions, run }, process.argv.slice(2));
