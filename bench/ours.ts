import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  adam,
  bayesian,
  categorical,
  compile,
  elbo,
  linear,
  localReparametrization,
  predict,
  random,
  sequential,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from 'tfjs-bayesian';
import type { LossParts } from 'tfjs-bayesian/transforms';
import type { Run } from './contender.ts';
import {
  CLASSES,
  DATASET_SIZE,
  FEATURES,
  LEARNING_RATE,
  listSamples,
  makeBatch,
  type Problem,
} from './problem.ts';

const likelihood = categorical();

/** The model of a problem. */
export const makeModel = ({ width }: Problem) =>
  pipe(
    sequential(linear(FEATURES, width), tf.relu, linear(width, width), tf.relu, linear(width, CLASSES)),
    bayesian(),
  );

/** A batch, as steps take it. */
export type Rows = ReturnType<typeof makeBatch>;

/** A training that can be stepped: each call makes one step on a batch, and `state` is all that it holds. */
export interface Training {
  readonly step: (batch: Rows) => number;
  /** The same without reading the loss, which the caller owns. */
  readonly advance: (batch: Rows) => tf.Tensor;
  readonly state: () => unknown;
}

/** A training of a loss from given parameters, which it takes. */
export const makeTraining = <P>(
  loss: (params: P, key: random.Key, batch: Rows) => LossParts,
  params: P,
): Training => {
  const { init, update } = trainStep(loss, adam({ learningRate: LEARNING_RATE }));
  let state = init(params, random.key(3));
  tree.dispose(params);
  const advance = (batch: Rows): tf.Tensor => {
    const after = update(state, batch, { donate: true });
    state = after.state;
    const { loss: value, ...others } = after.parts;
    tree.dispose(others);
    return value;
  };
  return {
    step: (batch) => {
      const value = advance(batch);
      const read = value.dataSync()[0] ?? Number.NaN;
      value.dispose();
      return read;
    },
    advance,
    state: () => state,
  };
};

/** A loss of a new model with draws of all weights, both log probabilities of each. */
export const sampledLoss = (problem: Problem) => {
  const model = makeModel(problem);
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples(listSamples(problem)),
    elbo({ likelihood, datasetSize: DATASET_SIZE }),
  );
  return { loss, init: () => model.init(random.key(2)) };
};

/** A loss of a new model, and its parameters. */
export interface NewLoss<P> {
  readonly loss: (params: P, key: random.Key, batch: Rows) => LossParts;
  readonly init: () => P;
}

/** A training of a new loss that is recorded, and replayed from its third step on. */
export const compiledTraining =
  <P>(make: (problem: Problem) => NewLoss<P>) =>
  (problem: Problem): Training => {
    const { loss, init } = make(problem);
    return makeTraining(compile(loss), init());
  };

/** Weights drawn, both log probabilities of each draw. */
export const sampledTraining = (problem: Problem): Training => {
  const { loss, init } = sampledLoss(problem);
  return makeTraining(loss, init());
};

/** A loss of a new model with noise on the outputs and the divergence in closed form. */
export const closedLoss = (problem: Problem) => {
  const model = makeModel(problem);
  const loss = pipe(
    model,
    localReparametrization,
    withDivergence,
    vmapSamples({ samples: problem.samples }),
    elbo({ likelihood, datasetSize: DATASET_SIZE }),
  );
  return { loss, init: () => model.init(random.key(2)) };
};

/** Noise on the outputs, the divergence in closed form. */
export const closedTraining = (problem: Problem): Training => {
  const { loss, init } = closedLoss(problem);
  return makeTraining(loss, init());
};

/** The same network with plain weights: what training costs without anything Bayesian. */
export const ordinaryTraining = (problem: Problem): Training => {
  const layer = (inputs: number, outputs: number, seed: number) => ({
    weight: random.uniform(random.key(seed), [inputs, outputs], {
      min: -1 / Math.sqrt(inputs),
      max: 1 / Math.sqrt(inputs),
    }),
    bias: tf.zeros([outputs]) as tf.Tensor,
  });
  const { width } = problem;
  const params = [layer(FEATURES, width, 10), layer(width, width, 11), layer(width, CLASSES, 12)];
  const loss = (layers: typeof params, _key: random.Key, { inputs, targets }: Rows) =>
    tf.tidy(() => {
      const logits = layers.reduce(
        (x, { weight, bias }, index) => tf.add(tf.matMul(index === 0 ? x : tf.relu(x), weight), bias),
        inputs,
      );
      return { loss: tf.neg(tf.mean(likelihood.logProb(logits, targets))) };
    });
  return makeTraining(loss, params);
};

/** A run that makes one step. */
export const stepping =
  (make: (problem: Problem) => Training) =>
  (problem: Problem): Run => {
    const batch = makeBatch(problem);
    const { step } = make(problem);
    return () => {
      if (!Number.isFinite(step(batch))) throw new Error('the loss is not finite');
    };
  };

/** A run that predicts a batch, by drawing weights or outputs, as it is or recorded. */
export const predicting =
  (drawn: 'weights' | 'outputs', how: 'as it is' | 'compiled' = 'as it is') =>
  (problem: Problem): Run => {
    const { inputs } = makeBatch(problem);
    const weights = makeModel(problem);
    const params = weights.init(random.key(2));
    const model = drawn === 'weights' ? weights : localReparametrization(weights);
    const predicted = predict(model, { likelihood, samples: problem.samples });
    const run = how === 'compiled' ? compile(predicted) : predicted;
    return () => {
      const prediction = run(params, random.key(4), inputs);
      prediction.mean.dataSync();
      tree.dispose(prediction);
    };
  };
