import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import {
  bayesian,
  deterministic,
  elbo,
  gaussian,
  random,
  transformerEncoderLayer,
  vmapSamples,
  withLogProbs,
} from 'tfjs-bayesian';
import type { Run } from '../contender.ts';
import { compiledTraining, makeTraining, type Rows, type Training } from '../ours.ts';
import { figureOne, listSamples } from '../problem.ts';
import { type EncoderSize, encoderProblem, sequences } from './problem.ts';

const { dModel, nhead, dimFeedforward, datasetSize } = encoderProblem;
const encoder = transformerEncoderLayer(dModel, nhead, { dimFeedforward });

/** A loss of the encoder layer with draws of all weights. */
export const encoderLoss = (size: EncoderSize = encoderProblem) => {
  const model = bayesian()(encoder);
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples(listSamples(size)),
    elbo({ likelihood: gaussian({ std: 1 }), datasetSize }),
  );
  return { loss, init: () => model.init(random.key(2)) };
};

/** Training of the encoder layer with draws of all weights. */
export const encoderTraining = (size: EncoderSize = encoderProblem): Training => {
  const { loss, init } = encoderLoss(size);
  return makeTraining(loss, init());
};

const ordinary = (): Training => {
  const model = bayesian()(deterministic(encoder));
  const loss = (params: ReturnType<typeof model.init>, key: random.Key, { inputs, targets }: Rows) =>
    tf.tidy(() => ({
      loss: tf.losses.meanSquaredError(targets, model.apply(params, key, inputs)) as tf.Tensor,
    }));
  return makeTraining(loss, model.init(random.key(2)));
};

const trainings = {
  sampled: encoderTraining,
  compiled: () => compiledTraining(() => encoderLoss())(figureOne),
  ordinary,
} as const;

/** A run that makes one training step of the encoder layer: with draws of all weights, perhaps compiled, or with plain ones. */
export const encoderStep = (kind: keyof typeof trainings) => (): Run => {
  const batch = sequences();
  const { step } = trainings[kind]();
  return () => {
    if (!Number.isFinite(step(batch))) throw new Error('the loss is not finite');
  };
};
