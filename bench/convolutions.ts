import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  batchNorm,
  bayesian,
  categorical,
  conv2d,
  deterministic,
  elbo,
  flatten,
  groupNorm,
  type Layer,
  linear,
  maxPool2d,
  pointMass,
  random,
  sequential,
  type Unary,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import { makeTraining, type Training } from './ours.ts';
import { CLASSES, DATASET_SIZE, listSamples, type Problem } from './problem.ts';

const likelihood = categorical();

/** Images `[batch, 28, 28, 1]` of rows of pixels. */
const asImages = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1, 28, 28, 1]);

/** Pooling stands before the activation: the same numbers, with a quarter of the activations. */
const network = sequential(
  asImages,
  conv2d(1, 16, 3),
  maxPool2d(2),
  tf.relu,
  conv2d(16, 32, 3),
  maxPool2d(2),
  tf.relu,
  flatten(),
  linear(800, CLASSES),
);

/** The same with a normalization after each convolution. */
const normalized = (norm: (channels: number) => Layer<unknown, Unary>) =>
  sequential(
    asImages,
    conv2d(1, 16, 3),
    norm(16),
    maxPool2d(2),
    tf.relu,
    conv2d(16, 32, 3),
    norm(32),
    maxPool2d(2),
    tf.relu,
    flatten(),
    linear(800, CLASSES),
  );

const sampledLoss = (layers: Layer<unknown, Unary>, problem: Problem) => {
  const model = bayesian()(layers);
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples(listSamples(problem)),
    elbo({ likelihood, datasetSize: DATASET_SIZE }),
  );
  return { loss, init: () => model.init(random.key(2)) };
};

/** A loss of the plain network with draws of all weights. */
export const convolutionalLoss = (problem: Problem) => sampledLoss(network, problem);

/** Weights of a small convolutional network drawn, both log probabilities of each draw. */
const sampledTraining =
  (layers: Layer<unknown, Unary>) =>
  (problem: Problem): Training => {
    const { loss, init } = sampledLoss(layers, problem);
    return makeTraining(loss, init());
  };

/** The plain network. */
export const convolutionalTraining = sampledTraining(network);

/** With four groups of channels. */
export const groupNormTraining = sampledTraining(normalized((channels) => groupNorm(4, channels)));

/** With batch normalization. */
export const batchNormTraining = sampledTraining(normalized((channels) => batchNorm(channels)));

/** The same network with plain weights. */
export const ordinaryConvolutionalTraining = (): Training => {
  const model = bayesian({ posterior: pointMass() })(deterministic(network));
  return makeTraining(
    (params: ReturnType<typeof model.init>, key: random.Key, { inputs, targets }) =>
      tf.tidy(() => ({
        loss: tf.neg(tf.mean(likelihood.logProb(model.apply(params, key, inputs), targets))),
      })),
    model.init(random.key(2)),
  );
};
