import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  bayesian,
  elbo,
  type Likelihood,
  localReparametrization,
  type Predictive,
  pipe,
  random,
  type TrainingState,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import type { Settings } from '../shared/settings.ts';
import { networkOf } from './hidden.ts';

/** The state of a training; what its tensors are is the network's own affair. */
export type State = TrainingState<unknown, unknown>;

/** The rows of a data set, both `[rows, columns]`. */
export interface Rows {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** Outputs of a network for several draws of its weights, `[draws, rows, 1]`, and what they say together. */
export interface Prediction {
  readonly outputs: tf.Tensor;
  readonly predictive: Predictive;
}

/** A network with its loss: how to begin, to make a step, and to predict. The caller owns every result. */
export interface Problem {
  readonly init: (key: random.Key) => State;
  /** The state after a step on all rows, and the loss before it. Disposes the old state. */
  readonly update: (state: State, rows: Rows) => { readonly state: State; readonly loss: tf.Tensor };
  /** Predictions for inputs `[rows, columns]`. The same draws at every call, so that curves move and do not flicker. */
  readonly predict: (state: State, inputs: tf.Tensor, draws: number) => Prediction;
}

type PredictiveLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: (samples: tf.Tensor) => Predictive;
};

/** How far a step goes. Bumps are a linear model, which bears long steps. */
const learningRate = { bumps: 0.05, tanh: 0.02, relu: 0.02 } as const;

/** The draws that are shown: one key for all pictures. */
const shown = random.key(7);

/**
 * The problem that the sliders of a panel describe, for data sets of `rows` rows: noise on the outputs of the layers
 * for quiet gradients, the exact divergence, and Adam.
 */
export const problemOf = (
  inputs: 1 | 2,
  likelihood: PredictiveLikelihood,
  settings: Settings,
  rows: number,
): Problem => {
  const model = bayesian()(networkOf(inputs, settings));
  const loss = pipe(
    model,
    localReparametrization,
    withDivergence,
    vmapSamples({ samples: settings.samples }),
    elbo({ likelihood, datasetSize: Math.max(1, rows), temperature: settings.temperature }),
  );
  const step = trainStep(loss, adam({ learningRate: learningRate[settings.units] }));
  return {
    init: (key) => {
      const params = model.init(random.foldIn(key, 0));
      const state = step.init(params, random.foldIn(key, 1));
      tree.dispose(params);
      return state as State;
    },
    update: (state, batch) => {
      const { state: next, parts } = step.update(state as never, batch, { donate: true });
      tf.dispose([parts.dataFitting, parts.divergence]);
      return { state: next as State, loss: parts.loss };
    },
    predict: ({ params }, x, draws) => {
      const outputs = vmapSamples({ samples: draws })(model)(params as never, shown, x) as tf.Tensor;
      return { outputs, predictive: likelihood.predictive(outputs) };
    },
  };
};
