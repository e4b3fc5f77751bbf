import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  auroc,
  type Batches,
  batches,
  bayesian,
  categorical,
  conv2d,
  elbo,
  fit,
  flatten,
  flipout,
  ivon,
  linear,
  maxPool2d,
  normal,
  type Predictive,
  pipe,
  predict,
  random,
  schedule,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  type WeightOptions,
  withDivergence,
} from 'tfjs-bayesian';
import { readValues, tryBackend } from '../backend.ts';
import { runProgram } from '../commandLine.ts';
import { evaluate, table } from '../mnist/report.ts';
import { type Dataset, loadImages } from './data.ts';
import { help, type Optimizer, type Options, parseOptions } from './options.ts';

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

/**
 * For ivon: the part of a Newton step that its means move at first, which falls to 0; and how precise the posterior is at the
 * start, and the prior, for each training image.
 */
const ivonSettings = { learningRate: 0.05, posterior: 0.1, prior: 0.0025 } as const;

/** Large steps of adam first, smaller ones for the last epochs. */
const stages: readonly { readonly until: number; readonly learningRate: number }[] = [
  { until: 0.6, learningRate: 2e-3 },
  { until: 0.85, learningRate: 5e-4 },
  { until: 1, learningRate: 1e-4 },
];

/** The defaults suit adam; ivon starts wider, and a narrower prior leaves it more uncertain about images of a new kind. */
const weightOptions = (optimizer: Optimizer, rows: number): WeightOptions =>
  optimizer === 'adam'
    ? {}
    : {
        posterior: normal({ precision: ivonSettings.posterior * rows }),
        prior: normal({ precision: ivonSettings.prior * rows }),
      };

const lossFor = ({ optimizer, samples }: Options, rows: number) => {
  const model = pipe(network, bayesian(weightOptions(optimizer, rows)));
  const likelihood = categorical();
  const loss = pipe(
    model,
    flipout,
    withDivergence,
    vmapSamples({ samples }),
    elbo({ likelihood, datasetSize: rows }),
  );
  return { model, likelihood, loss };
};

type Problem = ReturnType<typeof lossFor> & {
  readonly key: random.Key;
  readonly epochs: number;
  readonly shuffled: Batches<{ readonly inputs: tf.Tensor; readonly targets: tf.Tensor }>;
};

/** Trains in stages, and returns the parameters. */
const byAdam = async ({ model, loss, key, epochs, shuffled }: Problem) => {
  const step = (learningRate: number) => trainStep(loss, adam({ learningRate }));
  const [first, ...others] = stages;
  let state = await fit(step(first!.learningRate), {
    init: model.init,
    key,
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
  tree.dispose(state.optimizer);
  return state.params;
};

/** Trains at a learning rate that falls along a cosine, and returns the parameters. */
const byIvon = async ({ model, loss, key, epochs, shuffled }: Problem) => {
  const from = ivonSettings.learningRate;
  const learningRate = schedule.cosine({ from, steps: epochs * shuffled.length });
  const { params, optimizer } = await fit(trainStep(loss, ivon({ learningRate })), {
    ...{ init: model.init, key, epochs },
    batches: shuffled,
  });
  tree.dispose(optimizer);
  return params;
};

/** One line: how probable it is that an image of another data set has the greater uncertainty, in total and epistemic. */
const separation = async (
  predicted: (images: tf.Tensor) => Predictive,
  { uncertainty }: Predictive,
  against: Dataset,
): Promise<string> => {
  const { images, labels } = loadImages(against, undefined, 't10k', 10_000);
  const strange = predicted(images);
  const between = (kind: 'total' | 'epistemic') =>
    tf.tidy(() => {
      const [own, other] = [uncertainty[kind], strange.uncertainty[kind]];
      return auroc(tf.concat([own, other]), tf.concat([tf.zerosLike(own), tf.onesLike(other)]));
    });
  const read = await readValues({ total: between('total'), epistemic: between('epistemic') });
  const line = `AUROC against ${images.shape[0]} test images of ${against}: ${read.total[0]!.toFixed(3)} by the entropy, ${read.epistemic[0]!.toFixed(3)} by its epistemic part`;
  tree.dispose([images, labels, strange]);
  return `\n${line}`;
};

const run = async (options: Options): Promise<number> => {
  const backend = await tryBackend('lenet', options.backend);
  if (backend === undefined) return 1;
  const { dataset, data, optimizer, limit, samples, epochs, batchSize, against, seed } = options;
  const train = loadImages(dataset, data, 'train', limit);
  const test = loadImages(dataset, data, 't10k', 10_000);
  const rows = train.labels.size;
  console.log(
    `${rows} training images of ${dataset}, ${samples} weight samples per step, LeNet-5, ${optimizer}, ${backend} backend`,
  );

  const problem = lossFor(options, rows);
  const { model, likelihood } = problem;
  const [key, testKey] = random.split(random.key(seed)) as readonly [random.Key, random.Key];
  const shuffled = batches({ inputs: train.images, targets: train.labels }, { size: batchSize });

  const began = performance.now();
  const params = await (optimizer === 'ivon' ? byIvon : byAdam)({ ...problem, key, epochs, shuffled });
  const seconds = (performance.now() - began) / 1000;

  const predicted = (images: tf.Tensor) =>
    predict(model, { likelihood, samples: TEST_SAMPLES })(params, testKey, images);
  const prediction = predicted(test.images);
  console.log(
    `\nOn ${test.labels.size} test images, ${TEST_SAMPLES} weight samples (NLL and entropies in nats):\n`,
  );
  console.log(table(epochs, seconds, await evaluate(prediction, test.labels)));
  if (against !== undefined) console.log(await separation(predicted, prediction, against));
  tree.dispose([params, prediction, train, test]);
  return 0;
};

process.exitCode = await runProgram({ name: 'lenet', help, parse: parseOptions, run }, process.argv.slice(2));
