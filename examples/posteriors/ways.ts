import type * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  effectiveSampleSize,
  elbo,
  ensemble,
  fit,
  fullNormal,
  type GradientTransformation,
  hamiltonianMonteCarlo,
  ivon,
  lowRankNormal,
  type Model,
  normal,
  pipe,
  pointMass,
  predict,
  predictFromWeights,
  random,
  rHat,
  schedule,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import { type Data, likelihood, network, outputsAt } from './problem.ts';

/** How long the methods run. */
export interface Settings {
  /** Training steps, with all rows in each. */
  readonly steps: number;
  /** Draws of each of four chains, after as many for the warm-up, and the leapfrog steps of each. */
  readonly draws: number;
  readonly leapfrogSteps: number;
}

export const settings: Settings = { steps: 6000, draws: 1000, leapfrogSteps: 60 };

/** The spread at the start: the default of 0.1 hides so small a data set at first. */
const START = { std: 0.05 };

/** The predictive distribution at some inputs, with its 90 % interval and the log density of the targets. */
const asked = (targets: tf.Tensor) => ({ likelihood, interval: 0.9, logProb: targets });

/** One way from data to predictions. */
export interface Way {
  readonly name: string;
  readonly title: string;
  readonly run: (train: Data, settings: Settings) => Promise<Found>;
}

/** Predictions at inputs with their targets, and how well the chains agree if there are any. */
export interface Found {
  readonly predicted: (at: Data) => ReturnType<ReturnType<typeof predictedBy>>;
  readonly chains?: { readonly rHat: number; readonly effectiveSampleSize: number };
  readonly dispose: () => void;
}

const predictedBy =
  <P>(model: Model<P, (x: tf.Tensor) => tf.Tensor>, params: P, samples: number) =>
  ({ x, y }: Data) =>
    predict(model, { ...asked(y), samples })(params, random.key(3), x);

const train = async <P, S>(
  model: Model<P, (x: tf.Tensor) => tf.Tensor>,
  optimizer: GradientTransformation<S>,
  { x, y }: Data,
  { steps, samples, drawn }: { readonly steps: number; readonly samples: number; readonly drawn: number },
): Promise<Found> => {
  const rows = x.shape[0]!;
  const loss = pipe(model, withDivergence, vmapSamples({ samples }), elbo({ likelihood, datasetSize: rows }));
  const { params, optimizer: state } = await fit(trainStep(loss, optimizer), {
    ...{ init: model.init, key: random.key(4), epochs: steps },
    batches: batches({ inputs: x, targets: y }, { size: rows }),
    progress: false,
  });
  tree.dispose(state);
  return { predicted: predictedBy(model, params, drawn), dispose: () => tree.dispose(params) };
};

const falling = (from: number, steps: number) => schedule.cosine({ from, steps });

const byAdam =
  <P>(model: Model<P, (x: tf.Tensor) => tf.Tensor>, samples: number, drawn: number): Way['run'] =>
  (data, { steps }) =>
    train(model, adam({ learningRate: falling(0.01, steps) }), data, { steps, samples, drawn });

const byIvon: Way['run'] = (data, { steps }) => {
  const optimizer = ivon({ learningRate: falling(0.05, steps), beta2: 0.99 });
  const model = bayesian({ posterior: normal(START) })(network);
  return train(model, optimizer, data, { steps, samples: 8, drawn: 200 });
};

const byMonteCarlo: Way['run'] = async ({ x, y }, { draws, leapfrogSteps }) => {
  const model = bayesian()(network);
  const options = { likelihood, samples: draws, warmup: draws, leapfrogSteps };
  const { weights, ...others } = hamiltonianMonteCarlo(model, options)(random.key(4), {
    inputs: x,
    targets: y,
  });
  const middle = outputsAt(0, weights.weights);
  const [agreement, size] = [rHat(middle), effectiveSampleSize(middle)];
  const chains = { rHat: agreement.dataSync()[0]!, effectiveSampleSize: size.dataSync()[0]! };
  tree.dispose([others, middle, agreement, size]);
  return {
    predicted: (at) => predictFromWeights(model, asked(at.y))(weights, random.key(3), at.x),
    chains,
    dispose: () => tree.dispose(weights),
  };
};

const meanField = bayesian({ posterior: normal(START) })(network);

/** From one network to many, and from independent weights to the exact posterior. */
export const ways: readonly Way[] = [
  { name: 'mean-field-adam', title: 'Mean field, by Adam', run: byAdam(meanField, 8, 200) },
  { name: 'mean-field-ivon', title: 'Mean field, by IVON', run: byIvon },
  {
    name: 'low-rank',
    title: 'Low rank',
    run: byAdam(bayesian({ posterior: lowRankNormal({ rank: 10, ...START }) })(network), 8, 200),
  },
  {
    name: 'full',
    title: 'Full covariance',
    run: byAdam(bayesian({ posterior: fullNormal(START) })(network), 8, 200),
  },
  {
    name: 'ensemble',
    title: 'Ensemble of ten',
    run: byAdam(ensemble({ members: 10 })(bayesian({ posterior: pointMass() })(network)), 1, 1),
  },
  {
    name: 'mixture',
    title: 'Ten mean fields',
    run: byAdam(ensemble({ members: 10 })(meanField), 8, 50),
  },
  { name: 'hmc', title: 'Hamiltonian Monte Carlo', run: byMonteCarlo },
];
