import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  adam,
  batches,
  bayesian,
  calibration,
  categorical,
  elbo,
  fit,
  linear,
  type PruningReport,
  pipe,
  plot,
  predict,
  prune,
  random,
  riskCoverage,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { loadDigits } from '../mnist/data.ts';
import type { Figures } from './main.ts';

const ROWS = 4000;
const TESTED = 2000;

/** The pictures `[rows, 784]`, each turned by 90 degrees. */
const onTheirSide = (images: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.reverse(tf.transpose(tf.reshape(images, [-1, 28, 28]), [0, 2, 1]), 2), [-1, 784]);

/** Ratios from all weights to almost none. */
const RATIOS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4];

/** Predictions of a classifier of digits for digits, and for digits on their side, which it was not trained on. */
export const digits = async (): Promise<Figures> => {
  const train = loadDigits('train', ROWS);
  const test = loadDigits('t10k', TESTED);
  const likelihood = categorical();
  const model = pipe(sequential(linear(784, 128), tf.relu, linear(128, 10)), bayesian());
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples({ samples: 4 }),
    elbo({ likelihood, datasetSize: ROWS }),
  );
  const { params } = await fit(trainStep(loss, adam({ learningRate: 2e-3 })), {
    init: model.init,
    key: random.key(0),
    epochs: 12,
    batches: batches({ inputs: train.images, targets: train.labels }, { size: 64 }),
    progress: false,
  });
  const ask = predict(model, { likelihood, samples: 50 });
  const known = ask(params, random.key(1), test.images);
  const unknown = ask(params, random.key(1), onTheirSide(test.images));
  const errors = tf.notEqual(tf.argMax(known.mean, -1), test.labels);
  const { indices } = tf.topk(known.uncertainty.total, 6);
  const [images, probabilities, labels] = [test.images, known.mean, test.labels].map((each) =>
    tf.gather(each, indices),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const reports: PruningReport[] = [];
  for (const signalToNoise of RATIOS) {
    const { params: own, report } = await prune(model, params, {
      signalToNoise,
      score: (each, from) =>
        tf.tidy(() =>
          accuracy(
            predict(each, { likelihood, samples: 20 })(from, random.key(2), test.images).mean,
            test.labels,
          ),
        ),
    });
    tree.dispose(own);
    reports.push(report);
  }
  console.log(
    reports.map(({ signalToNoise, share, score }) => [signalToNoise, share, score?.after].join(' ')),
  );
  const entropies = await tf.gather(known.uncertainty.total, indices).data();
  return {
    'reliability-diagram': await plot.reliabilityDiagram(calibration(known.mean, test.labels, { bins: 10 }), {
      title: 'Is it as right as it is sure?',
    }),
    'risk-coverage': await plot.riskCoverage(
      {
        'total uncertainty': riskCoverage({ uncertainty: known.uncertainty.total, errors }),
        'epistemic alone': riskCoverage({ uncertainty: known.uncertainty.epistemic, errors }),
      },
      { yLabel: 'fraction wrong of the kept', title: 'Digits answered, and how many of them wrong' },
    ),
    'uncertainty-histograms': await plot.uncertaintyHistograms(
      { digits: known.uncertainty.epistemic, 'on their side': unknown.uncertainty.epistemic },
      { xLabel: 'epistemic uncertainty, nats', title: 'Digits as they were learned, and turned by 90°' },
    ),
    pruning: await plot.pruning(reports, {
      yLabel: 'accuracy',
      title: 'A classifier of digits, pruned at rising ratios',
    }),
    pictures: await plot.pictures(
      {
        images: tf.reshape(images, [-1, 28, 28]),
        probabilities,
        labels,
        captions: Array.from(entropies, (entropy) => `entropy ${entropy.toFixed(2)} nats`),
      },
      { title: 'The digits it is least sure of' },
    ),
  };
};
