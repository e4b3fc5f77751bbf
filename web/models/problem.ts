import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  bayesian,
  elbo,
  ensemble,
  type GradientTransformation,
  ivon,
  type Likelihood,
  localReparametrization,
  normal,
  type Predictive,
  pipe,
  random,
  type TrainingState,
  trainStep,
  tree,
  vmapSamples,
  withDivergence,
} from 'tfjs-bayesian';
import type { Method, Settings } from '../shared/settings.ts';
import { makeNetwork } from './hidden.ts';

/** The state of a training run; its tensors depend on the network. */
export type State = TrainingState<unknown, unknown>;

/** The rows of a data set, both `[rows, columns]`. */
export interface Rows {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** A network's outputs for several weight samples or members, `[samples, rows, 1]`, and their combined prediction. */
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

/** The key of the displayed samples: the same for all frames. */
const shown = random.key(7);

/** The number of networks in an ensemble. */
const MEMBERS = 5;

/** The learning rates of Adam. Bumps make a linear model, which tolerates large steps. */
const learningRate = { bumps: 0.05, tanh: 0.02, relu: 0.02 } as const;

/**
 * The precision with which IVON starts for 1 or 2 inputs, about that of a weight that many points determine: from far below,
 * its first steps would be too large. Where there is no data, it falls to that of the prior.
 */
const ivonPrecision = { 1: 300, 2: 20 } as const;

const makeModel = (inputs: 1 | 2, settings: Settings) => {
  const start = settings.method === 'ivon' ? { precision: ivonPrecision[inputs] } : { std: 0.1 };
  const one = bayesian({ posterior: normal(start) })(makeNetwork(inputs, settings));
  const model: typeof one = settings.method === 'ensemble' ? ensemble({ members: MEMBERS })(one) : one;
  return model;
};

const makeOptimizer = ({ method, units, temperature }: Settings): GradientTransformation<unknown> =>
  (method === 'ivon'
    ? ivon({ learningRate: 0.1, beta2: 0.98, temperature, clipRadius: 1 })
    : adam({ learningRate: learningRate[units] })) as GradientTransformation<unknown>;

/** Outputs for weight samples, `[draws, rows, 1]`; those of an ensemble's members take turns. */
const drawOutputs = (
  model: ReturnType<typeof makeModel>,
  method: Method,
  params: never,
  x: tf.Tensor,
  draws: number,
): tf.Tensor => {
  if (method !== 'ensemble') return vmapSamples({ samples: draws })(model)(params, shown, x);
  const each = vmapSamples({ samples: Math.ceil(draws / MEMBERS) })(model)(params, shown, x);
  return tf.tidy(() => {
    const [members, samples, ...shape] = each.shape as [number, number, ...number[]];
    const inTurns = tf.reshape(tf.transpose(each, [1, 0, 2, 3]), [members * samples, ...shape]);
    each.dispose();
    return inTurns;
  });
};

/**
 * The problem for a panel's settings and data sets of `rows` rows: local reparametrization for gradients with little
 * noise, the exact divergence, and Adam or IVON.
 */
export const makeProblem = (
  inputs: 1 | 2,
  likelihood: PredictiveLikelihood,
  settings: Settings,
  rows: number,
): Problem => {
  const { samples, temperature, method } = settings;
  const model = makeModel(inputs, settings);
  const loss = pipe(
    model,
    localReparametrization,
    withDivergence,
    vmapSamples({ samples }),
    elbo({ likelihood, datasetSize: Math.max(1, rows), temperature }),
  );
  const step = trainStep(loss, makeOptimizer(settings));
  return {
    init: (key) => {
      const params = model.init(random.foldIn(key, 0));
      const state = step.init(params, random.foldIn(key, 1));
      tree.dispose(params);
      return state;
    },
    update: (state, batch) => {
      const { state: next, parts } = step.update(state as never, batch, { donate: true });
      const { loss, ...others } = parts;
      tree.dispose(others);
      return { state: next, loss };
    },
    predict: ({ params }, x, draws) => {
      const outputs = drawOutputs(model, method, params as never, x, draws);
      return { outputs, predictive: likelihood.predictive(outputs) };
    },
  };
};
