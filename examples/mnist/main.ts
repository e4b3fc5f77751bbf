import * as tf from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/lib/Either.js';
import {
  accuracy,
  adam,
  batches,
  bayesian,
  categorical,
  compile,
  elbo,
  fit,
  linear,
  normal,
  pipe,
  plot,
  predict,
  random,
  sequential,
  split,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { tryBackend } from '../backend.ts';
import { runProgram } from '../commandLine.ts';
import { loadDigits } from './data.ts';
import { mostUncertain } from './mostUncertain.ts';
import { help, type Options, parseOptions } from './options.ts';
import { evaluate, table } from './report.ts';

const SHOWN = 12;

const network = sequential(linear(784, 512), tf.relu, linear(512, 512), tf.relu, linear(512, 10));

const run = async (options: Options): Promise<number> => {
  const backend = await tryBackend('mnist', options.backend);
  if (backend === undefined) return 1;
  const key = random.key(options.seed);
  const digits = loadDigits('train', options.limit);
  // One image in sixty is kept apart, to validate on.
  const { train, validation } = split(digits, { train: 59 / 60, validation: 1 / 60 }, random.foldIn(key, 0));
  tree.dispose(digits);
  const test = loadDigits('t10k', 10_000);
  const rows = train.labels.size;
  console.log(
    `${rows} training images, ${validation.labels.size} for validation, ${options.samples} weight samples per step, ` +
      `${backend} backend`,
  );

  const model = pipe(network, bayesian(options.paper ? { posterior: normal({ std: 1 }) } : {}));
  const testSamples = options.paper ? 10 : 50;
  const likelihood = categorical();
  const loss = compile(
    pipe(
      model,
      withLogProbs,
      vmapSamples({ samples: options.samples }),
      elbo({ likelihood, datasetSize: rows }),
    ),
  );

  const began = performance.now();
  const fitted = await fit(trainStep(loss, adam({ learningRate: 1e-3 })), {
    model,
    key: random.foldIn(key, 1),
    epochs: options.epochs,
    batches: batches({ inputs: train.images, targets: train.labels }, { size: options.batchSize }),
    validation: {
      data: { inputs: validation.images, targets: validation.labels },
      likelihood,
      metrics: { accuracy: ({ mean }, labels) => accuracy(mean, labels) },
    },
  });
  const seconds = (performance.now() - began) / 1000;
  loss.dispose();

  const prediction = predict(model, { likelihood, samples: testSamples })(
    fitted.params,
    random.foldIn(key, 2),
    test.images,
  );
  console.log(`\nOn 10000 test images, ${testSamples} weight samples (NLL and entropies in nats):\n`);
  console.log(table(options.epochs, seconds, await evaluate(prediction, test.labels)));
  const saved = await plot.save(await mostUncertain(prediction, test, SHOWN), options.out)();
  tree.dispose([fitted, prediction, train, validation, test]);
  if (E.isLeft(saved)) {
    console.error(`mnist: ${saved.left.message}`);
    return 1;
  }
  console.log(`\nThe ${SHOWN} most uncertain digits: ${options.out}`);
  return 0;
};

process.exitCode = await runProgram({ name: 'mnist', help, parse: parseOptions, run }, process.argv.slice(2));
