import * as tf from '@tensorflow/tfjs-core';
import {
  accuracy,
  adam,
  auroc,
  batches,
  bayesian,
  categorical,
  deterministic,
  elbo,
  fit,
  fromWeights,
  linear,
  type Model,
  negativeLogLikelihood,
  pipe,
  posteriorMean,
  predict,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import { readValues } from '../backend.ts';
import type { Digits } from '../mnist/data.ts';

/** The sizes of the network and the length of training. */
export interface Settings {
  /** Digits below this number are trained on; the others are the unseen kinds. */
  readonly kinds: number;
  readonly hidden: number;
  readonly features: number;
  /** Epochs of the plain network, and of the last layer on its features. */
  readonly epochs: readonly [plain: number, last: number];
  readonly testSamples: number;
  readonly seed: number;
}

export const settings: Settings = {
  kinds: 8,
  hidden: 128,
  features: 64,
  epochs: [5, 20],
  testSamples: 100,
  seed: 0,
};

/** How a network does on seen kinds, and how well its uncertainty tells unseen kinds from them. */
export interface Row {
  readonly network: string;
  readonly accuracy: number;
  readonly nll: number;
  /** The AUROC of each uncertainty: the probability that it is higher for an unseen kind than for a seen one. */
  readonly total: number;
  readonly epistemic: number;
}

/** The digits whose labels pass a test. */
const only = async (keep: (label: number) => boolean, { images, labels }: Digits): Promise<Digits> => {
  const found = Array.from(await labels.data()).flatMap((label, row) => (keep(label) ? [row] : []));
  return tree.tidied(() => {
    const rows = tf.tensor1d(found, 'int32');
    return { images: tf.gather(images, rows), labels: tf.gather(labels, rows) };
  });
};

const likelihood = categorical();

/**
 * Trains a plain network on some kinds of digits, freezes all but its last layer, and makes that one Bayesian: a row for
 * the last layer as it was, and one for the Bayesian one. The caller owns the digits.
 */
export const run = async (
  { kinds, hidden, features: width, epochs, testSamples, seed }: Settings,
  digits: { readonly train: Digits; readonly test: Digits },
  progress = true,
): Promise<readonly Row[]> => {
  const [trainKey, lastKey, drawKey] = [0, 1, 2].map((use) => random.foldIn(random.key(seed), use)) as [
    random.Key,
    random.Key,
    random.Key,
  ];
  const train = await only((label) => label < kinds, digits.train);
  const seen = await only((label) => label < kinds, digits.test);
  const unseen = await only((label) => label >= kinds, digits.test);
  const datasetSize = train.labels.size;

  const body = deterministic(sequential(linear(784, hidden), tf.relu, linear(hidden, width), tf.relu));
  const last = linear(width, kinds);

  // An ordinary network: all weights are point masses, so one sample is enough.
  const plain = bayesian()(sequential({ body, last: deterministic(last) }));
  const plainLoss = pipe(
    plain,
    withDivergence,
    vmapSamples({ samples: 1 }),
    elbo({ likelihood, datasetSize }),
  );
  const { params: weights, optimizer: ofPlain } = await fit(
    trainStep(plainLoss, adam({ learningRate: 1e-3 })),
    {
      ...{ init: plain.init, key: trainKey, epochs: epochs[0], progress },
      batches: batches({ inputs: train.images, targets: train.labels }, { size: 128 }),
    },
  );

  // The frozen part never changes, so the features of all digits are computed once.
  const frozen = posteriorMean(bayesian()(body));
  const [inputs, ofSeen, ofUnseen] = [train, seen, unseen].map(({ images }) =>
    frozen.apply(weights.body, drawKey, images),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];

  const model = fromWeights(bayesian()(last))(weights.last, { relativeStd: 0.1, priorStd: 1 });
  const loss = pipe(model, withDivergence, vmapSamples({ samples: 4 }), elbo({ likelihood, datasetSize }));
  const { params, optimizer } = await fit(trainStep(loss, adam({ learningRate: 3e-3, beta2: 0.98 })), {
    ...{ init: model.init, key: lastKey, epochs: epochs[1], progress },
    batches: batches({ inputs, targets: train.labels }, { size: 256 }),
  });

  const row = async <P>(
    network: string,
    of: Model<P, (x: tf.Tensor) => tf.Tensor>,
    fitted: P,
    samples: number,
  ): Promise<Row> => {
    const read = await readValues(
      tree.tidied(() => {
        const ask = predict(of, { likelihood, samples });
        const [known, unknown] = [ask(fitted, drawKey, ofSeen), ask(fitted, drawKey, ofUnseen)];
        const isUnseen = tf.concat([tf.zeros([seen.labels.size]), tf.ones([unseen.labels.size])]);
        const detection = (kind: 'total' | 'epistemic') =>
          auroc(tf.concat([known.uncertainty[kind], unknown.uncertainty[kind]]), isUnseen);
        return {
          accuracy: accuracy(known.mean, seen.labels),
          nll: negativeLogLikelihood(known.mean, seen.labels),
          total: detection('total'),
          epistemic: detection('epistemic'),
        };
      }),
    );
    const number = (name: keyof typeof read): number => read[name][0] ?? Number.NaN;
    return {
      network,
      ...{ accuracy: number('accuracy'), nll: number('nll') },
      ...{ total: number('total'), epistemic: number('epistemic') },
    };
  };
  const rows = [
    await row('plain', bayesian()(deterministic(last)), weights.last, 1),
    await row('Bayesian last layer', model, params, testSamples),
  ];
  tree.dispose([train, seen, unseen, inputs, ofSeen, ofUnseen, weights, ofPlain, params, optimizer]);
  return rows;
};

/** The rows as a table. */
export const table = (rows: readonly Row[]): string => {
  const columns: readonly (readonly [head: string, cell: (row: Row) => string])[] = [
    ['accuracy', (row) => `${(100 * row.accuracy).toFixed(2)} %`],
    ['NLL', (row) => row.nll.toFixed(4)],
    ['AUROC total', (row) => row.total.toFixed(3)],
    ['AUROC epistemic', (row) => row.epistemic.toFixed(3)],
  ];
  const line = (first: string, cells: readonly string[]): string =>
    [
      first.padEnd(19),
      ...cells.map((cell, i) => cell.padStart(Math.max(columns[i]?.[0].length ?? 0, 8))),
    ].join('  ');
  return [
    line(
      '',
      columns.map(([head]) => head),
    ),
    ...rows.map((row) =>
      line(
        row.network,
        columns.map(([, cell]) => cell(row)),
      ),
    ),
  ].join('\n');
};
