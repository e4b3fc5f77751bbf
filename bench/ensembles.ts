import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  bayesian,
  categorical,
  conv2d,
  deterministic,
  elbo,
  ensemble,
  flatten,
  linear,
  localReparametrization,
  type Model,
  maxPool2d,
  random,
  sequential,
  withDivergence,
} from 'tfjs-bayesian';
import type { Run } from './contender.ts';
import { makeTraining, type Training } from './ours.ts';
import { CLASSES, DATASET_SIZE, makeBatch, type Problem } from './problem.ts';

/** The members of the ensembles. */
const MEMBERS = 10;

/** LeNet-5 with max pooling and ReLU. */
const network = sequential(
  (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, 28, 28, 1]),
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
  linear(84, CLASSES),
);

const training = <P>(model: Model<P, (x: tf.Tensor) => tf.Tensor>, seed: number): Training => {
  const options = { likelihood: categorical(), datasetSize: DATASET_SIZE };
  const loss = pipe(model, localReparametrization, withDivergence, elbo(options));
  return makeTraining(loss, model.init(random.key(seed)));
};

/** A training of LeNet, or of some of them at once. */
const trainings = {
  /** Ordinary weights: a deep ensemble. */
  ordinary: (members?: number, seed = 2): Training => {
    const model = bayesian()(deterministic(network));
    return training(members === undefined ? model : ensemble({ members })(model), seed);
  },
  /** A posterior for each weight, with noise on the outputs: a mixture of posteriors. */
  bayesian: (members?: number, seed = 2): Training => {
    const model = bayesian()(network);
    return training(members === undefined ? model : ensemble({ members })(model), seed);
  },
};

const checked = (loss: number): void => {
  if (!Number.isFinite(loss)) throw new Error('the loss is not finite');
};

/** A run that makes one step of all members at once. */
export const together =
  (kind: keyof typeof trainings) =>
  (problem: Problem): Run => {
    const batch = makeBatch(problem);
    const { step } = trainings[kind](MEMBERS);
    return () => checked(step(batch));
  };

/** A run that makes one step of each of as many networks, one after another. */
export const apart =
  (kind: keyof typeof trainings) =>
  (problem: Problem): Run => {
    const batch = makeBatch(problem);
    const each = Array.from({ length: MEMBERS }, (_, m) => trainings[kind](undefined, m));
    return () => {
      for (const { step } of each) checked(step(batch));
    };
  };
