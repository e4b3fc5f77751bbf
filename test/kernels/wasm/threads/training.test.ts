import * as tf from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/lib/function.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  bayesian,
  categorical,
  conv2d,
  elbo,
  flatten,
  type GradientTransformation,
  gaussian,
  groupNorm,
  ivon,
  type Layer,
  linear,
  localReparametrization,
  maxPool2d,
  predict,
  random,
  sequential,
  type TrainStep,
  trainStep,
  transformerEncoderLayer,
  tree,
  type Unary,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../../../src/index.ts';
import type { LossParts } from '../../../../src/transforms/index.ts';
import { kernels } from '../../../support/backends.ts';
import { bytesOf, onThreads, sharedBackend } from './support/threads.ts';

const likelihood = categorical();
const datasetSize = 100;
const dense = sequential(linear(40, 70), tf.relu, linear(70, 5));
const convolutional = sequential(
  conv2d(1, 6, 3),
  groupNorm(2, 6),
  maxPool2d(2),
  tf.relu,
  conv2d(6, 9, 3, { groups: 3 }),
  flatten(),
  linear(81, 5),
);
const encoder = transformerEncoderLayer(16, 4, { dimFeedforward: 24 });

const labels = (count: number): tf.Tensor =>
  tf.tensor1d(
    Array.from({ length: count }, (_, at) => at % 5),
    'int32',
  );

const normals = (seed: number, ...shape: readonly number[]): tf.Tensor =>
  random.normal(random.key(seed), [...shape]);

interface Batch {
  readonly inputs: tf.Tensor;
  readonly targets: tf.Tensor;
}

/** The parameters after three steps. */
const trained = <P, R extends LossParts, S>(
  { init, update }: TrainStep<P, Batch, R, S>,
  params: P,
  batch: Batch,
): P => {
  let state = init(params, random.key(3));
  for (let step = 0; step < 3; step++) state = update(state, batch).state;
  return state.params;
};

const tensors = (...values: readonly unknown[]): readonly tf.Tensor[] =>
  values.flatMap((value) => tree.leaves(value)).filter((leaf) => leaf instanceof tf.Tensor);

/** Trains with draws of weights, and predicts. */
const sampled = <S>(
  net: Layer<unknown, Unary>,
  shape: readonly number[],
  optimizer: GradientTransformation<S>,
): readonly tf.Tensor[] => {
  const model = bayesian()(net);
  const loss = pipe(model, withLogProbs, vmapSamples({ samples: 3 }), elbo({ likelihood, datasetSize }));
  const batch = { inputs: normals(5, ...shape), targets: labels(shape[0]!) };
  const params = trained(trainStep(loss, optimizer), model.init(random.key(2)), batch);
  return tensors(params, predict(model, { likelihood, samples: 12 })(params, random.key(4), batch.inputs));
};

/** Trains and predicts with draws of outputs. */
const closed = (): readonly tf.Tensor[] => {
  const model = bayesian()(dense);
  const loss = pipe(
    model,
    localReparametrization,
    withDivergence,
    vmapSamples({ samples: 4 }),
    elbo({ likelihood, datasetSize }),
  );
  const batch = { inputs: normals(5, 12, 40), targets: labels(12) };
  const step = trainStep(loss, adam({ learningRate: 1e-2 }));
  const params = trained(step, model.init(random.key(2)), batch);
  const predicted = predict(localReparametrization(model), { likelihood, samples: 30 });
  return tensors(params, predicted(params, random.key(4), batch.inputs));
};

/** Trains an encoder layer on sequences. */
const encoded = (): readonly tf.Tensor[] => {
  const model = bayesian()(encoder);
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples({ samples: 2 }),
    elbo({ likelihood: gaussian({ std: 1 }), datasetSize }),
  );
  const batch = { inputs: normals(6, 3, 9, 16), targets: normals(7, 3, 9, 16) };
  return tensors(trained(trainStep(loss, adam({ learningRate: 1e-2 })), model.init(random.key(2)), batch));
};

describe.skipIf(!kernels)('a training with threads', () => {
  beforeAll(async () => {
    await sharedBackend();
  });
  afterAll(() => onThreads(1));

  it.each<[string, () => readonly tf.Tensor[]]>([
    ['draws of weights', () => sampled(dense, [12, 40], adam({ learningRate: 1e-2 }))],
    ['draws of weights, by IVON', () => sampled(dense, [12, 40], ivon({ learningRate: 0.1 }))],
    ['a convolutional network', () => sampled(convolutional, [4, 12, 12, 1], adam({ learningRate: 1e-2 }))],
    ['draws of outputs', closed],
    ['an encoder layer', encoded],
  ])('has the bits of one thread: %s', async (_, training) => {
    const run = async (threads: number) => {
      await onThreads(threads);
      return bytesOf(tf.tidy(() => training().map((tensor) => tf.clone(tensor))));
    };
    const one = await run(1);
    expect(one.length).toBeGreaterThan(3);
    expect(await run(2)).toEqual(one);
    expect(await run(3)).toEqual(one);
  });
});
