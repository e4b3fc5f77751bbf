import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  batches,
  bayesian,
  categorical,
  conv2d,
  deterministic,
  elbo,
  ensemble,
  fit,
  flatten,
  flipout,
  type GradientTransformation,
  ivon,
  type Loss,
  linear,
  type Model,
  maxPool2d,
  normal,
  type Predictive,
  pipe,
  predict,
  random,
  schedule,
  sequential,
  trainStep,
  tree,
  withDivergence,
} from 'tfjs-bayesian';
import type { Images } from './data.ts';

type Network = (images: tf.Tensor) => tf.Tensor;
type ImageModel<P> = Model<P, Network>;
type ImageLoss<P> = Loss<P, [images: tf.Tensor], tf.Tensor>;

/** LeNet-5 with max pooling and ReLU, as in the example lenet. */
const lenet = sequential(
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
  linear(84, 10),
);

const likelihood = categorical();

/** How long a network trains. */
export interface Length {
  readonly epochs: number;
  /** Images in a training step. */
  readonly size: number;
}

/** A trained network: its predictions for images, and what it holds. */
export interface Fitted {
  readonly predicted: (images: tf.Tensor) => Predictive;
  readonly dispose: () => void;
}

export type Run = (train: Images, length: Length, key: random.Key) => Promise<Fitted>;

const train =
  <P, S>(
    make: (rows: number) => ImageModel<P>,
    lossFor: (model: ImageModel<P>, rows: number) => ImageLoss<P>,
    optimizer: (steps: number) => GradientTransformation<S>,
    samples: number,
  ): Run =>
  async ({ images, labels }, { epochs, size }, key) => {
    const rows = labels.size;
    const model = make(rows);
    const shuffled = batches({ inputs: images, targets: labels }, { size });
    const step = trainStep(lossFor(model, rows), optimizer(epochs * shuffled.length));
    const { params, optimizer: state } = await fit(step, {
      ...{ init: model.init, key: random.foldIn(key, 0), epochs, batches: shuffled },
      ...{ progress: false, warnings: false },
    });
    tree.dispose(state);
    const ask = predict(model, { likelihood, samples });
    return {
      predicted: (some) => ask(params, random.foldIn(key, 1), some),
      dispose: () => tree.dispose(params),
    };
  };

const falling = (from: number) => (steps: number) => schedule.cosine({ from, steps });
const byAdam = (steps: number) => adam({ learningRate: falling(2e-3)(steps) });
const byIvon = (steps: number) => ivon({ learningRate: falling(0.05)(steps) });

const plainLoss = <P>(model: ImageModel<P>, datasetSize: number): ImageLoss<P> =>
  pipe(model, withDivergence, elbo({ likelihood, datasetSize }));

/** Each image has its own noise. */
const flipoutLoss = <P>(model: ImageModel<P>, datasetSize: number): ImageLoss<P> =>
  pipe(model, flipout, withDivergence, elbo({ likelihood, datasetSize }));

const plain = () => bayesian()(deterministic(lenet));

const meanField = () => bayesian()(lenet);

/** A wide start, and a prior that leaves the network uncertain about images of a new kind, for each training image. */
const wide = (rows: number) =>
  bayesian({
    posterior: normal({ precision: 0.1 * rows }),
    prior: normal({ precision: 0.0017 * rows }),
  })(lenet);

const several =
  <P>(members: number, make: (rows: number) => ImageModel<P>) =>
  (rows: number) =>
    pipe(make(rows), ensemble({ members }));

interface Method {
  readonly title: string;
  readonly run: Run;
}

/** From the quickest to the slowest. The plain network is scored with temperature scaling too. */
export const methods = {
  plain: { title: 'one network', run: train(plain, plainLoss, byAdam, 1) },
  'mean-field-flipout': { title: 'mean field, flipout', run: train(meanField, flipoutLoss, byAdam, 20) },
  'mean-field-ivon': { title: 'mean field, IVON', run: train(wide, flipoutLoss, byIvon, 20) },
  'ten-plain': { title: 'ten networks', run: train(several(10, plain), plainLoss, byAdam, 1) },
  'five-ivon': { title: 'five mean fields, IVON', run: train(several(5, wide), flipoutLoss, byIvon, 5) },
} as const satisfies Readonly<Record<string, Method>>;

export type MethodName = keyof typeof methods;
