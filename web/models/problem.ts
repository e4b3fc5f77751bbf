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
import { makeNetwork } from './hidden.ts';

/** The state of a training run; its tensors depend on the network. */
export type State = TrainingState<unknown, unknown>;

/** The rows of a data set, both `[rows, columns]`. */
export interface Rows {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** A network's outputs for several weight samples, `[samples, rows, 1]`, and their combined prediction. */
export interface Prediction {
  readonly outputs: tf.Tensor;
  readonly predictive: Predictive;
}

/** A network with its loss: initialization, training step and prediction. The caller owns every result. */
export interface Problem {
  readonly init: (key: random.Key) => State;
  /** Returns the state after a step on all rows, and the loss before it. Disposes the old state. */
  readonly update: (state: State, rows: Rows) => { readonly state: State; readonly loss: tf.Tensor };
  /** Predictions for inputs `[rows, columns]`, with the same key in every call so that curves do not flicker. */
  readonly predict: (state: State, inputs: tf.Tensor, draws: number) => Prediction;
}

type PredictiveLikelihood = Likelihood<tf.Tensor, tf.Tensor> & {
  readonly predictive: (samples: tf.Tensor) => Predictive;
};

/** The learning rate. Bumps make a linear model, which tolerates large steps. */
const learningRate = { bumps: 0.05, tanh: 0.02, relu: 0.02 } as const;

/** The key of the displayed samples: the same for all frames. */
const shown = random.key(7);

/**
 * The problem for a panel's settings and data sets of `rows` rows: local reparametrization for gradients with little
 * noise, the exact divergence, and Adam.
 */
export const makeProblem = (
  inputs: 1 | 2,
  likelihood: PredictiveLikelihood,
  settings: Settings,
  rows: number,
): Problem => {
  const model = bayesian()(makeNetwork(inputs, settings));
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
