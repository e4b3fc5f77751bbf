import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  type Batch,
  type GradientTransformation,
  gaussian,
  ivon,
  type Layer,
  type Loss,
  layer,
  learnedNoise,
  linear,
  type Model,
  type NoisyOutput,
  normal,
  partition,
  predictedNoise,
  random,
  schedule,
  sequential,
  trainStep,
  tree,
  vmap,
} from 'tfjs-bayesian';
import type { Data } from './tables.ts';

export type Network = (x: tf.Tensor) => NoisyOutput;
type Inputs = [x: tf.Tensor];
export type RegressionLoss<P> = Loss<P, Inputs, tf.Tensor>;
export type RegressionModel<P> = Model<P, Network>;

export const likelihood = gaussian();

/** The noise: the same for all rows, learned with the weights; or predicted for each row with its mean. */
export type Head = 'learned' | 'predicted';

/** How noise is modelled, and by what it is multiplied after training. */
export interface Noise {
  readonly head: Head;
  readonly factor: number;
}

const scaled =
  (factor: number) =>
  ({ mean, logStd }: NoisyOutput): NoisyOutput => ({ mean, logStd: tf.add(logStd, Math.log(factor)) });

/** At the start the noise is `exp(-1)`, in standard units. */
const noises = {
  learned: (factor: number) =>
    layer(
      { noise: learnedNoise(1, { std: Math.exp(-1), logStd: { prior: normal({ mean: -1, std: 1 }) } }) },
      ({ noise }) =>
        (x: tf.Tensor): NoisyOutput =>
          scaled(factor)(noise(x)),
    ),
  predicted: (factor: number) =>
    layer(
      {},
      () =>
        (x: tf.Tensor): NoisyOutput =>
          scaled(factor * Math.exp(-1))(predictedNoise(x)),
    ),
} as const;

/** One hidden layer of 50 units. */
export const network = (inputs: number, { head, factor }: Noise): Layer<object, Network> => {
  const outputs = head === 'learned' ? 1 : 2;
  const body = [linear(inputs, 50), tf.relu, linear(50, outputs)] as const;
  return head === 'learned'
    ? sequential(...body, noises.learned(factor))
    : sequential(...body, noises.predicted(factor));
};

/** The prior of all weights, before it is scaled by fan-in. */
export const prior = { prior: normal({ std: 2 }), rescalePrior: true } as const;

/** The way down: from a learning rate to 0 along a cosine. */
export const falling = (from: number, steps: number) => schedule.cosine({ from, steps });

export const byAdam = (steps: number) => adam({ learningRate: falling(0.02, steps) });

/** IVON for the weights and Adam for the noise, which is an ordinary weight. */
export const byIvon = (beta2: number) => (steps: number, temperature: number) =>
  partition(
    {
      weights: ivon({ learningRate: falling(0.1, steps), beta2, clipRadius: 1, temperature }),
      noise: adam({ learningRate: falling(0.02, steps) }),
    },
    (path) => (path.at(-1) === 'value' ? 'noise' : 'weights'),
  );

/** Takes steps with all rows in each, and gives the parameters. `visit` sees them after each step, and leaves them. */
export const trained = <P, S>(
  loss: (params: P, key: random.Key, batch: Batch<Inputs, tf.Tensor>, step: number) => { loss: tf.Tensor },
  optimizer: GradientTransformation<S>,
  start: P,
  { inputs, targets }: Data,
  steps: number,
  key: random.Key,
  visit: (params: P, steps: number) => void = () => undefined,
): P => {
  const { init, update } = trainStep(loss, optimizer);
  const state = { now: init(start, key) };
  tree.dispose(start);
  try {
    for (let step = 1; step <= steps; step++) {
      const { state: next, parts } = update(state.now, { inputs: [inputs], targets }, { donate: true });
      tree.dispose(parts);
      state.now = next;
      visit(next.params, step);
    }
  } catch (error) {
    tree.dispose([state.now.params, state.now.optimizer]);
    throw error;
  }
  tree.dispose(state.now.optimizer);
  return state.now.params;
};

/**
 * The sum of the losses of networks at their temperatures, from the loss of one at temperature 1: `vmap` trains them at
 * once, as it does the members of an ensemble.
 */
export const atTemperatures =
  <P>(loss: RegressionLoss<P>, temperatures: readonly number[]) =>
  (params: P, key: random.Key, batch: Batch<Inputs, tf.Tensor>) => {
    const one = (own: P, ownKey: random.Key, temperature: tf.Tensor) => {
      const { dataFitting, divergence } = loss(own, ownKey, batch);
      return tf.add(dataFitting, tf.mul(temperature, divergence));
    };
    const keys = temperatures.map((_, m) => random.foldIn(key, m));
    const each = vmap(one)(params as never, keys as never, tf.tensor1d([...temperatures]) as never);
    return { loss: tf.sum(each as tf.Tensor) };
  };
