import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
  linear,
  normal,
  type Predictive,
  predict,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { startBackend, valuesOf } from '../backend.ts';
import { type Digits, loadDigits } from './data.ts';
import { type Case, figure } from './figure.ts';
import { help, type Options, parseOptions } from './options.ts';
import { evaluate, table } from './report.ts';

const SHOWN = 12;

/** The images of which the prediction is least sure, with what it says of each. */
const mostUncertain = async (
  { mean, uncertainty }: Predictive,
  { images, labels }: Digits,
): Promise<readonly Case[]> => {
  const read = await valuesOf(
    tf.tidy(() => {
      const { values: entropies, indices } = tf.topk(uncertainty.total, Math.min(SHOWN, labels.size));
      const [pixels, probabilities, truths] = [images, mean, labels].map((x) => tf.gather(x, indices)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return { entropies, pixels, probabilities, truths };
    }),
  );
  const row = (numbers: readonly number[], i: number): readonly number[] => {
    const length = numbers.length / read.entropies.length;
    return numbers.slice(i * length, (i + 1) * length);
  };
  return read.entropies.map((entropy, i) => ({
    pixels: row(read.pixels, i),
    probabilities: row(read.probabilities, i),
    label: read.truths[i] ?? 0,
    entropy,
  }));
};

const network = sequential(linear(784, 512), tf.relu, linear(512, 512), tf.relu, linear(512, 10));

const run = async (options: Options): Promise<number> => {
  const backend = await startBackend('mnist', options.backend);
  if (backend === undefined) return 1;
  const train = loadDigits('train', options.limit);
  const test = loadDigits('t10k', 10_000);
  const rows = train.labels.size;
  console.log(`${rows} training images, ${options.samples} weight samples a step, ${backend} backend`);

  const model = pipe(network, bayesian(options.paper ? { posterior: normal({ std: 1 }) } : {}));
  const testSamples = options.paper ? 10 : 50;
  const likelihood = categorical();
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples({ samples: options.samples }),
    elbo({ likelihood, datasetSize: rows }),
  );
  const [trainKey, testKey] = random.split(random.key(options.seed)) as readonly [random.Key, random.Key];

  const began = performance.now();
  const { params, optimizer } = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
    init: model.init,
    key: trainKey,
    epochs: options.epochs,
    batches: batches({ inputs: train.images, targets: train.labels }, { size: options.batchSize }),
  });
  const seconds = (performance.now() - began) / 1000;

  const prediction = predict(model, { likelihood, samples: testSamples })(params, testKey, test.images);
  console.log(`\nOn 10000 test images, ${testSamples} weight samples (NLL and entropies in nats):\n`);
  console.log(table(options.epochs, seconds, await evaluate(prediction, test.labels)));
  writeFileSync(options.out, figure(await mostUncertain(prediction, test)));
  console.log(`\nThe ${SHOWN} digits it is least sure of: ${options.out}`);
  tree.dispose([params, optimizer, prediction, train, test]);
  return 0;
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (E.isLeft(options)) {
    console.error(`mnist: ${options.left}`);
    return 2;
  }
  if (options.right.help) {
    console.log(help);
    return 0;
  }
  return run(options.right);
};

process.exitCode = await main();
