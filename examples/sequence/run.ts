import {
  adam,
  batches,
  bayesian,
  categorical,
  elbo,
  fit,
  pipe,
  predict,
  random,
  trainStep,
  tree,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { reversals } from './data.ts';
import { network, type Sizes } from './network.ts';
import { evaluate, type Row } from './report.ts';

/** The network, its training data and the length of training. */
export interface Settings {
  readonly sizes: Sizes;
  /** The number of training sequences. */
  readonly rows: number;
  /** The greatest length of training sequences. */
  readonly longest: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Weight samples in each training step. */
  readonly samples: number;
  /** Test sequences of each length, and weight samples for their predictions. */
  readonly testRows: number;
  readonly testSamples: number;
  readonly seed: number;
}

export const settings: Settings = {
  sizes: { width: 12, dModel: 32, nhead: 4, dimFeedforward: 64, layers: 1 },
  rows: 8000,
  longest: 8,
  epochs: 10,
  learningRate: 3e-3,
  samples: 2,
  testRows: 200,
  testSamples: 50,
  seed: 0,
};

const upTo = (length: number): readonly number[] => Array.from({ length }, (_, i) => i + 1);

/** Trains on short sequences and predicts sequences of every length, also longer ones: a row for each length. */
export const run = async (
  { sizes, rows, longest, epochs, learningRate, samples, testRows, testSamples, seed }: Settings,
  progress = true,
): Promise<readonly Row[]> => {
  const model = pipe(network(sizes), bayesian());
  const likelihood = categorical();
  const loss = pipe(model, withLogProbs, vmapSamples({ samples }), elbo({ likelihood, datasetSize: rows }));
  const [dataKey, trainKey, testKey, drawKey] = [0, 1, 2, 3].map((use) =>
    random.foldIn(random.key(seed), use),
  ) as [random.Key, random.Key, random.Key, random.Key];
  const data = await reversals(dataKey, rows, upTo(longest), longest);
  const { params, optimizer } = await fit(trainStep(loss, adam({ learningRate })), {
    init: model.init,
    key: trainKey,
    epochs,
    batches: batches(data, { size: 64 }),
    progress,
  });
  const predicted = predict(model, { likelihood, samples: testSamples });
  const report: Row[] = [];
  for (const length of upTo(sizes.width)) {
    const { inputs, targets } = await reversals(random.foldIn(testKey, length), testRows, [length], length);
    const prediction = predicted(params, drawKey, inputs);
    report.push({ length, trained: length <= longest, ...(await evaluate(prediction, targets)) });
    tree.dispose([inputs, targets, prediction]);
  }
  tree.dispose([params, optimizer, data]);
  return report;
};
