import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  avgPool2d,
  batchNorm,
  bayesian,
  checkpoint,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  dropout,
  embedding,
  type Forward,
  flatten,
  fromWeights,
  type Layer,
  layer,
  layerNorm,
  linear,
  lstm,
  maxPool2d,
  posteriorMean,
  random,
  sequential,
  tree,
  type Unary,
  withDivergence,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { lstmLike, trainedOn } from './support/trainedLayers.ts';

const { layers } = tfl;
const key = random.key(0);

/** The output of a recurrent layer. */
const outputs = (memory: Layer<unknown, (x: tf.Tensor) => { readonly output: tf.Tensor }>) =>
  layer({ memory }, (parts) => (x: tf.Tensor) => parts.memory(x).output);

type Pair = readonly [
  name: string,
  shape: readonly number[],
  theirs: () => tfl.layers.Layer[],
  ours: Layer<unknown, Unary>,
];

const relu = (x: tf.Tensor): tf.Tensor => tf.relu(x);

const pairs: readonly Pair[] = [
  ['dense', [3], () => [layers.dense({ units: 2, activation: 'tanh' })], sequential(linear(3, 2), tf.tanh)],
  [
    'dense without a bias',
    [4, 3],
    () => [layers.dense({ units: 2, useBias: false })],
    linear(3, 2, { bias: false }),
  ],
  [
    'conv1d',
    [6, 2],
    () => [layers.conv1d({ filters: 3, kernelSize: 3, padding: 'same', dilationRate: 2 })],
    conv1d(2, 3, 3, { padding: 'same', dilation: 2 }),
  ],
  [
    'conv2d',
    [6, 5, 2],
    () => [layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: [2, 1] })],
    conv2d(2, 3, [3, 2], { stride: [2, 1] }),
  ],
  ['conv3d', [4, 3, 3, 2], () => [layers.conv3d({ filters: 3, kernelSize: 2 })], conv3d(2, 3, 2)],
  [
    'conv2dTranspose',
    [3, 4, 2],
    () => [layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })],
    convTranspose2d(2, 3, 3, { stride: 2 }),
  ],
  [
    'depthwiseConv2d',
    [5, 5, 3],
    () => [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
    conv2d(3, 6, 3, { groups: 3 }),
  ],
  [
    'separableConv2d',
    [5, 5, 3],
    () => [layers.separableConv2d({ kernelSize: 2, depthMultiplier: 2, filters: 4 })],
    sequential(conv2d(3, 6, 2, { groups: 3, bias: false }), conv2d(6, 4, 1)),
  ],
  [
    'layerNormalization',
    [3, 4],
    () => [layers.layerNormalization({ epsilon: 1e-3 })],
    layerNorm(4, { eps: 1e-3 }),
  ],
  [
    'layerNormalization without a bias',
    [4],
    () => [layers.layerNormalization({ center: false })],
    layerNorm(4, { eps: 1e-3, bias: false }),
  ],
  ['batchNormalization', [3], () => [layers.batchNormalization()], batchNorm(3, { eps: 1e-3 })],
  [
    'batchNormalization of pictures, its axis counted from the start',
    [3, 4, 2],
    () => [layers.batchNormalization({ axis: 3, epsilon: 0.1 })],
    batchNorm(2, { eps: 0.1 }),
  ],
  [
    'batchNormalization converted from Python',
    [4, 2],
    () => [layers.batchNormalization({ axis: [2] as never })],
    batchNorm(2, { eps: 1e-3 }),
  ],
  [
    'batchNormalization without a scale',
    [3],
    () => [layers.batchNormalization({ scale: false })],
    batchNorm(3, { eps: 1e-3 }),
  ],
  [
    'batchNormalization without a bias',
    [3],
    () => [layers.batchNormalization({ center: false })],
    batchNorm(3, { eps: 1e-3 }),
  ],
  [
    'batchNormalization of moments alone',
    [3],
    () => [layers.batchNormalization({ scale: false, center: false })],
    batchNorm(3, { eps: 1e-3, affine: false }),
  ],
  [
    'batchNormalization at each time',
    [4, 3],
    () => [layers.timeDistributed({ layer: layers.batchNormalization() })],
    batchNorm(3, { eps: 1e-3 }),
  ],
  [
    'convolutions with batchNormalization',
    [6, 6, 1],
    () => [
      layers.conv2d({ filters: 3, kernelSize: 3, useBias: false }),
      layers.batchNormalization({ scale: false }),
      layers.reLU(),
      layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }),
      layers.batchNormalization(),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
    sequential(
      ...[conv2d(1, 3, 3, { bias: false }), batchNorm(3, { eps: 1e-3 }), relu],
      ...[conv2d(3, 2, 3, { padding: 'same' }), batchNorm(2, { eps: 1e-3 }), flatten(), linear(32, 2)],
    ),
  ],
  ['lstm', [5, 2], () => [layers.lstm(lstmLike)], outputs(lstm(2, 3))],
  [
    'a stack of lstm without biases',
    [4, 2],
    () => ['one', 'two'].map((name) => layers.lstm({ ...lstmLike, name, useBias: false })),
    outputs(lstm(2, 3, { numLayers: 2, bias: false })),
  ],
  [
    'bidirectional lstm',
    [4, 2],
    () => [
      layers.bidirectional({
        layer: layers.lstm(lstmLike) as tfl.RNN,
        mergeMode: 'concat',
      }),
    ],
    outputs(lstm(2, 3, { bidirectional: true })),
  ],
  [
    'timeDistributed',
    [4, 3],
    () => [layers.timeDistributed({ layer: layers.dense({ units: 2 }) })],
    linear(3, 2),
  ],
  [
    'a classifier of pictures, with layers that have no weights, and models in it',
    [8, 8, 1],
    () => [
      trainedOn([8, 8, 1], layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), layers.reLU()),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.5 }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
    sequential(
      ...[
        sequential({ filters: conv2d(1, 2, 3, { padding: 'same' }), act: relu }),
        maxPool2d(2),
        dropout(0.5),
      ],
      ...[avgPool2d(2), flatten(), linear(8, 3), tf.softmax],
    ),
  ],
];

const startedAt = (ours: Layer<unknown, Forward>, theirs: checkpoint.LayersModelLike) => {
  const model = bayesian()(ours);
  const weights = checkpoint.fromLayersModel(model)(theirs);
  return { weights, started: fromWeights(model)(weights as never, { relativeStd: 0.1 }) };
};

describeOnBackends('fromLayersModel', () => {
  it.each(pairs)('gives the output of predict at the mean: %s', (_, shape, theirs, ours) => {
    const trained = trainedOn(shape, ...theirs());
    const { weights, started } = startedAt(ours, trained);
    const params = started.init(key);
    const x = random.uniform(random.key(7), [3, ...shape], { min: -1, max: 1 });
    const expected = trained.predict(x) as tf.Tensor;
    const output = posteriorMean(started).apply(params as never, key, x as never) as tf.Tensor;
    expect(output.shape).toEqual(expected.shape);
    expectNumbers(take(output), values(expected));
    tf.dispose([x, expected]);
    tree.dispose([weights, params]);
    trained.dispose();
  });

  it('moves the moments on as training there does with 1 - momentum, except that the variance is unbiased', () => {
    tf.tidy(() => {
      const [rows, momentum] = [5, 0.8];
      const layer = layers.batchNormalization({ momentum, name: 'bn' });
      const trained = trainedOn([3], layer);
      const { weights, started } = startedAt(batchNorm(3, { eps: 1e-3, momentum: 1 - momentum }), trained);
      const x = random.uniform(random.key(7), [rows, 3], { min: -1, max: 3 });
      const { output, statistics } = withDivergence(started)(started.init(key) as never, key, x as never);
      const before = values(layer.getWeights()[3]!).map((each) => momentum * each);
      expectNumbers(values(output as tf.Tensor), values(layer.apply(x, { training: true }) as tf.Tensor));
      const [, , mean, variance] = layer.getWeights();
      const { runningMean, runningVar } = statistics as Readonly<Record<string, tf.Tensor>>;
      expectNumbers(values(runningMean!), values(mean!));
      const bessel = rows / (rows - 1);
      expectNumbers(
        values(runningVar!),
        values(variance!).map((each, i) => before[i]! + (each - before[i]!) * bessel),
      );
      tree.dispose(weights);
      trained.dispose();
    });
  });

  it('takes an embedding, of which padding would be skipped by no layer here', () => {
    const theirs = layers.embedding({ inputDim: 5, outputDim: 3 });
    const trained = trainedOn([4], theirs, layers.dense({ units: 2 }));
    const { weights, started } = startedAt(sequential(embedding(5, 3), linear(3, 2)), trained);
    const params = started.init(key);
    const x = tf.tensor2d([[0, 4, 2, 1]], [1, 4], 'int32');
    const expected = trained.predict(x) as tf.Tensor;
    expectNumbers(
      take(posteriorMean(started).apply(params as never, key, x as never) as tf.Tensor),
      values(expected),
    );
    tf.dispose([x, expected]);
    tree.dispose([weights, params]);
    trained.dispose();
  });

  it('takes a stored model with branches, its layers in the order of the network', async () => {
    const input = tfl.input({ shape: [3] });
    const dense = (name: string, units: number) =>
      layers.dense({ units, name, biasInitializer: 'randomNormal' });
    const [left, right] = [dense('left', 2), dense('right', 2)];
    const both = layers.concatenate().apply([right.apply(input), left.apply(input)] as tfl.SymbolicTensor[]);
    const output = dense('out', 1).apply(both) as tfl.SymbolicTensor;
    const stored = await new Promise<tf.io.ModelArtifacts>((resolve) => {
      tfl.model({ inputs: input, outputs: output }).save({
        save: async (artifacts) => {
          resolve(artifacts);
          return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
        },
      });
    });
    const trained = await tfl.loadLayersModel(tf.io.fromMemory(stored));
    const ours = layer(
      { left: linear(3, 2), right: linear(3, 2), out: linear(4, 1) },
      (parts) => (x: tf.Tensor) => parts.out(tf.concat([parts.right(x), parts.left(x)], 1)),
    );
    const chosen = { layers: ['left', 'right', 'out'].map((name) => trained.getLayer(name)) };
    const { weights, started } = startedAt(ours, chosen);
    const params = started.init(key);
    const x = random.uniform(random.key(7), [4, 3]);
    const expected = trained.predict(x) as tf.Tensor;
    expectNumbers(
      take(posteriorMean(started).apply(params as never, key, x as never) as tf.Tensor),
      values(expected),
    );
    tf.dispose([x, expected]);
    tree.dispose([weights, params]);
    trained.dispose();
  });

  it('of random sizes, in any chosen order, leaks nothing and leaves the model alone', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(sizes, (units) => {
        const rest = units.slice(1);
        const trained = trainedOn(
          [units[0]!],
          ...rest.map((each, i) => layers.dense({ units: each, name: `d${i}` })),
        );
        const names = rest.map((_, i) => `d${i}`).reverse();
        const chosen = { layers: names.map((name) => trained.getLayer(name)) };
        const ours = layer(
          Object.fromEntries(names.map((name) => [name, linear(units[+name[1]!]!, units[+name[1]! + 1]!)])),
          () => (x: tf.Tensor) => x,
        );
        const read = () => checkpoint.fromLayersModel(bayesian()(ours))(chosen);
        expectNoLeak(read);
        const weights = read();
        names.forEach((name) => {
          const [kernel, bias] = trained.getLayer(name).getWeights();
          expectNumbers(values(tree.at([name, 'weight'])(weights) as tf.Tensor), values(kernel!), 0);
          expectNumbers(values(tree.at([name, 'bias'])(weights) as tf.Tensor), values(bias!), 0);
        });
        tree.dispose(weights);
        trained.dispose();
      }),
      { numRuns: 10 },
    );
  });
});
