import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  avgPool2d,
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
  gru,
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
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';

const { layers } = tfl;
const key = random.key(0);

/** A model of layers in a chain, its weights replaced by draws, so that no bias is 0. */
const trainedOn = (inputShape: readonly number[], ...chain: readonly tfl.layers.Layer[]) => {
  const model = tfl.sequential();
  model.add(layers.inputLayer({ inputShape: [...inputShape] }));
  for (const each of chain) model.add(each);
  const drawn = model
    .getWeights()
    .map(({ shape }, i) => random.uniform(random.key(i), shape, { min: -1, max: 1 }));
  model.setWeights(drawn);
  tf.dispose(drawn);
  return model;
};

/** The output of a recurrent layer. */
const outputs = (memory: Layer<unknown, (x: tf.Tensor) => { readonly output: tf.Tensor }>) =>
  layer({ memory }, (parts) => (x: tf.Tensor) => parts.memory(x).output);

/** An LSTM as PyTorch has it; the default initializer needs methods of tensors that are not loaded here. */
const recurrent = { units: 3, recurrentInitializer: 'glorotUniform', name: 'memory' } as const;
const lstmLike = { ...recurrent, returnSequences: true, recurrentActivation: 'sigmoid' } as const;

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

const one = layers.dense({ units: 2, name: 'first' });
const two = layers.dense({ units: 1, name: 'second' });
const sequence = (theirs: tfl.layers.Layer) => trainedOn([4, 2], theirs);

describeOnBackends('fromLayersModel refuses', () => {
  const net = sequential(linear(3, 2), relu, linear(2, 1));

  it.each<[string, Layer<unknown, Forward>, () => unknown, string]>([
    [
      'another shape',
      sequential(linear(3, 2), linear(2, 3)),
      () => trainedOn([3], one, two),
      "checkpoint.fromLayersModel: 'second' (Dense) must fit '1' (weight [2, 3], bias [3]), got weight [2, 1], bias [1]",
    ],
    [
      'a missing bias',
      linear(3, 2, { bias: false }),
      () => trainedOn([3], layers.dense({ units: 2, name: 'whole' })),
      "'whole' (Dense) must fit the network (weight [3, 2]), got weight [3, 2], bias [2]",
    ],
    [
      'another kind of the same shape',
      embedding(3, 2),
      () => trainedOn([3], layers.dense({ units: 2, useBias: false, name: 'wrong' })),
      "'wrong' (Dense) must fit the network (weight [3, 2], not affine), got weight [3, 2], affine in rows of rank 1",
    ],
    [
      'a layer too few',
      net,
      () => trainedOn([3], layers.dense({ units: 2, name: 'only' }), layers.reLU()),
      "layersModel must have a layer with weights for each of '0', '2', got 'only' (Dense)",
    ],
    [
      'a layer too many',
      linear(3, 2),
      () => trainedOn([3], ...[2, 1].map((units) => layers.dense({ units, name: `d${units}` }))),
      "must have a layer with weights for each of the network, got 'd2' (Dense), 'd1' (Dense)",
    ],
    [
      'batch normalization',
      net,
      () => trainedOn([3], layers.dense({ units: 2 }), layers.batchNormalization({ name: 'bn' })),
      "layer must be one with a counterpart here, got 'bn (BatchNormalization)'; fold it into the layer before it",
    ],
    [
      'a GRU, whose reset gate acts elsewhere',
      gru(2, 3),
      () => sequence(layers.gru(recurrent)),
      "got 'memory (GRU)'; tf.layers resets a GRU's state before the product with its kernel",
    ],
    [
      'a simple RNN',
      gru(2, 3),
      () => sequence(layers.simpleRNN(recurrent)),
      "(SimpleRNN)'; there are lstm and gru",
    ],
    [
      'a layer that is not in the table',
      linear(2, 3),
      () => sequence(layers.prelu({ name: 'slopes' })),
      "got 'slopes (PReLU)'; those with one are Dense, Conv1D,",
    ],
    [
      'a hard sigmoid, the default of tf.layers',
      lstm(2, 3),
      () => sequence(layers.lstm(recurrent)),
      "recurrentActivation of 'memory' (LSTM) must be 'sigmoid', got 'hardSigmoid'",
    ],
    [
      'a sum of both directions',
      lstm(2, 3, { bidirectional: true }),
      () =>
        sequence(
          layers.bidirectional({
            layer: layers.lstm(lstmLike) as tfl.RNN,
            mergeMode: 'sum',
            name: 'both',
          }),
        ),
      "mergeMode of 'both' (Bidirectional) must be 'concat', got 'sum'",
    ],
    [
      'channels first',
      conv2d(2, 1, 1),
      () =>
        trainedOn(
          [2, 3, 3],
          layers.conv2d({ filters: 1, kernelSize: 1, dataFormat: 'channelsFirst', name: 'c' }),
        ),
      "dataFormat of 'c' (Conv2D) must be 'channelsLast', got 'channelsFirst'",
    ],
    [
      'masked padding',
      embedding(5, 3),
      () => trainedOn([4], layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true, name: 'e' })),
      "maskZero of 'e' (Embedding) must be false, got true",
    ],
    [
      'what is not a model',
      net,
      () => one,
      'layersModel must be a tf.LayersModel, or a record of layers, got a Dense',
    ],
    [
      'a layer that is none',
      net,
      () => ({ layers: [5] }),
      'layer must be one of tf.layers, from getLayer(name), got 5',
    ],
    [
      'tensors of another copy of TensorFlow.js',
      linear(1, 1),
      () => ({
        layers: [
          {
            name: 'far',
            getClassName: () => 'Dense',
            getConfig: () => ({}),
            getWeights: () => [{ shape: [1] }],
          },
        ],
      }),
      "weights of 'far' (Dense) must be tensors of the same copy of @tensorflow/tfjs-core, got an object",
    ],
  ])('%s', (_, ours, theirs, message) => {
    const open = checkpoint.fromLayersModel(bayesian()(ours));
    expect(() => open(theirs() as never)).toThrow(message);
  });
});
