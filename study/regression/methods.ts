import * as tf from '@tensorflow/tfjs-core';
import {
  bayesian,
  elbo,
  ensemble,
  fullNormal,
  type GradientTransformation,
  hamiltonianMonteCarlo,
  localReparametrization,
  lowRankNormal,
  normal,
  pipe,
  pointMass,
  predict,
  predictFromWeights,
  random,
  rHat,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import type { Data, Problem } from './tables.ts';
import {
  byAdam,
  byIvon,
  likelihood,
  type Noise,
  network,
  prior,
  type RegressionLoss,
  type RegressionModel,
  trained,
} from './training.ts';

/** What is chosen on a part of the training rows. */
export interface Settings {
  /** The factor of the divergence in the loss. */
  readonly temperature: number;
  /** Its factor makes up for training, which finds too little noise where the network fits it. */
  readonly noise: Noise;
  /** After which part of the steps training stops. */
  readonly stop: number;
}

/** How long the methods run. */
export interface Length {
  /** Training steps, with all rows in each, in which the learning rate falls to 0. */
  readonly steps: number;
  /** Draws of each of two Markov chains, after as many to warm up, and the leapfrog steps of each. */
  readonly draws: number;
  readonly leapfrogSteps: number;
}

/** What is asked of a prediction at some targets. */
export const asked = (targets: tf.Tensor) =>
  ({ likelihood, logProb: targets, cdf: targets, interval: 0.9 }) as const;

/** The predictive distribution of a model at some rows, from 50 weight samples of all members together. */
const predicted = <P>(
  model: RegressionModel<P>,
  params: P,
  key: random.Key,
  { inputs, targets }: Data,
  samples: number,
) => predict(model, { ...asked(targets), samples })(params, key, inputs);

/** A prediction of the test rows, in standard units, and what else a method reports. */
export interface Predicted {
  readonly prediction: ReturnType<typeof predicted>;
  readonly others?: Readonly<Record<string, number>>;
}

export type Run = (problem: Problem, settings: Settings, length: Length, key: random.Key) => Predicted;

/** The keys of a run, by their use. */
export const keys = (key: random.Key) => ({
  start: random.foldIn(key, 0),
  train: random.foldIn(key, 1),
  predict: random.foldIn(key, 2),
});

/** The loss of a model on some rows. */
type LossFor<P> = (model: RegressionModel<P>, rows: number, temperature: number) => RegressionLoss<P>;

/** The noise of each row in the output of a layer, for posteriors with independent weights. */
export const onOutputs = <P>(
  model: RegressionModel<P>,
  datasetSize: number,
  temperature: number,
): RegressionLoss<P> =>
  pipe(model, localReparametrization, withDivergence, elbo({ likelihood, datasetSize, temperature }));

export const withoutNoise = <P>(
  model: RegressionModel<P>,
  datasetSize: number,
  temperature: number,
): RegressionLoss<P> => pipe(model, withDivergence, elbo({ likelihood, datasetSize, temperature }));

const bySamples = <P>(
  model: RegressionModel<P>,
  datasetSize: number,
  temperature: number,
): RegressionLoss<P> =>
  pipe(model, withDivergence, vmapSamples({ samples: 2 }), elbo({ likelihood, datasetSize, temperature }));

/** Trains a model on all training rows, and predicts by it with wider noise. */
const run =
  <P, S>(
    make: (inputs: number, noise: Noise) => RegressionModel<P>,
    lossFor: LossFor<P>,
    optimizer: (steps: number, temperature: number) => GradientTransformation<S>,
    samples: number,
  ): Run =>
  ({ train, test, inputs }, { temperature, noise, stop }, { steps }, key) => {
    const model = make(inputs, { ...noise, factor: 1 });
    const own = keys(key);
    const loss = lossFor(model, train.inputs.shape[0]!, temperature);
    const start = model.init(own.start);
    const taken = Math.round(stop * steps);
    const params = trained(loss, optimizer(steps, temperature), start, train, taken, own.train);
    const prediction = predicted(make(inputs, noise), params, own.predict, test, samples);
    tree.dispose(params);
    return { prediction };
  };

export const point = (inputs: number, noise: Noise) =>
  bayesian({ ...prior, posterior: pointMass() })(network(inputs, noise));

export const meanField = (inputs: number, noise: Noise) => bayesian(prior)(network(inputs, noise));

const wide = (inputs: number, noise: Noise) =>
  bayesian({ ...prior, posterior: normal({ precision: 2000 }) })(network(inputs, noise));

const lowRank = (inputs: number, noise: Noise) =>
  bayesian({ ...prior, posterior: lowRankNormal({ rank: 5 }) })(network(inputs, noise));

const full = (inputs: number, noise: Noise) =>
  bayesian({ ...prior, posterior: fullNormal() })(network(inputs, noise));

const byMonteCarlo: Run = ({ train, test, inputs }, { noise }, { draws, leapfrogSteps }, key) => {
  const model = bayesian(prior)(network(inputs, { ...noise, factor: 1 }));
  const own = keys(key);
  const options = { likelihood, samples: draws, warmup: draws, leapfrogSteps, chains: 2 };
  const { weights, ...chains } = hamiltonianMonteCarlo(model, options)(own.train, {
    inputs: [train.inputs],
    targets: train.targets,
  });
  const prediction = predictFromWeights(model, asked(test.targets))(weights, own.predict, test.inputs);
  const others = tf.tidy(() => ({
    acceptance: tf.mean(chains.acceptanceRate).dataSync()[0]!,
    divergences: tf.sum(chains.divergences).dataSync()[0]!,
    rHat: rHat(chains.logJoint).dataSync()[0]!,
  }));
  tree.dispose([weights, chains]);
  return { prediction, others };
};

/** By IVON. Where it refuses a step, as noise that shrinks makes precisions grow too fast, again with slower precisions. */
const ivonOrSlower: Run = (...given) => {
  const [quick, slow] = [0.99, 0.999] as const;
  try {
    return run(wide, onOutputs, byIvon(quick), 50)(...given);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('ivon: '))) throw error;
    return { ...run(wide, onOutputs, byIvon(slow), 50)(...given), others: { beta2: slow } };
  }
};

/** Whose settings a method uses: those of ordinary weights or of normal ones. */
export type Family = 'point' | 'mean-field';

interface Method {
  readonly title: string;
  readonly family: Family;
  readonly run: Run;
}

const ten =
  <P>(make: (inputs: number, noise: Noise) => RegressionModel<P>, members: number) =>
  (inputs: number, noise: Noise) =>
    pipe(make(inputs, noise), ensemble({ members }));

export const methods = {
  plain: { title: 'one network', family: 'point', run: run(point, withoutNoise, byAdam, 1) },
  'mean-field-adam': {
    title: 'mean field, Adam',
    family: 'mean-field',
    run: run(meanField, onOutputs, byAdam, 50),
  },
  'mean-field-ivon': {
    title: 'mean field, IVON',
    family: 'mean-field',
    run: ivonOrSlower,
  },
  'low-rank': { title: 'low rank', family: 'mean-field', run: run(lowRank, bySamples, byAdam, 50) },
  'full-covariance': {
    title: 'full covariance',
    family: 'mean-field',
    run: run(full, bySamples, byAdam, 50),
  },
  'ten-mean-fields': {
    title: 'ten mean fields',
    family: 'mean-field',
    run: run(ten(meanField, 10), onOutputs, byAdam, 10),
  },
  'deep-ensemble': {
    title: 'deep ensemble of five',
    family: 'point',
    run: run(ten(point, 5), withoutNoise, byAdam, 1),
  },
  hmc: { title: 'Hamiltonian Monte Carlo', family: 'mean-field', run: byMonteCarlo },
} as const satisfies Readonly<Record<string, Method>>;

export type MethodName = keyof typeof methods;
