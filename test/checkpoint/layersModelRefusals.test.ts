import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import {
  batchNorm,
  bayesian,
  checkpoint,
  conv2d,
  embedding,
  type Forward,
  gru,
  type Layer,
  linear,
  lstm,
  sequential,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { lstmLike, recurrent, trainedOn } from './support/trainedLayers.ts';

const { layers } = tfl;

const one = layers.dense({ units: 2, name: 'first' });
const two = layers.dense({ units: 1, name: 'second' });
const sequence = (theirs: tfl.layers.Layer) => trainedOn([4, 2], theirs);

describeOnBackends('fromLayersModel refuses', () => {
  const net = sequential(linear(3, 2), tf.tanh, linear(2, 1));

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
      'batch normalization along another axis than the last',
      batchNorm(3),
      () => trainedOn([3, 3, 3], layers.batchNormalization({ axis: 1, name: 'bn' })),
      "axis of 'bn' (BatchNormalization) must be -1, the last, got 1",
    ],
    [
      'batch normalization along an axis of an unknown number',
      batchNorm(3),
      () => {
        const layer = layers.batchNormalization({ axis: 1 });
        return trainedOn([2, 3], layers.timeDistributed({ layer, name: 'each' }));
      },
      "axis of 'each' (BatchNormalization) must be -1, the last, got 1",
    ],
    [
      'moments without a scale and a bias, for a network that has them',
      batchNorm(3),
      () => trainedOn([3], layers.batchNormalization({ scale: false, center: false, name: 'bn' })),
      "'bn' (BatchNormalization) must fit the network (weight [3], bias [3], runningMean [3], runningVar [3]), " +
        'got runningMean [3], runningVar [3]',
    ],
    [
      'a normalization without moments, for a network that has them',
      sequential(linear(3, 3), batchNorm(3)),
      () =>
        trainedOn([3], layers.dense({ units: 3 }), layers.layerNormalization({ name: 'ln', epsilon: 1e-5 })),
      "'ln' (LayerNormalization) must fit '1' (weight [3], bias [3], runningMean [3], runningVar [3]), got weight [3], bias [3]",
    ],
    [
      'no layer for the moments of a network',
      sequential(linear(3, 3), batchNorm(3, { affine: false })),
      () => trainedOn([3], layers.dense({ units: 3, name: 'only' })),
      "layersModel must have a layer with weights for each of '0', '1', got 'only' (Dense)",
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
