import * as tf from '@tensorflow/tfjs-core';
import type { Run } from '../contender.ts';
import { CLASSES, DATASET_SIZE, LEARNING_RATE, makeBatch, type Problem } from '../problem.ts';
import { crossEntropy, drawn, mean, total } from './loss.ts';
import { listVariables, type StockLayer, stockLayer } from './network.ts';
import { readAtOnce } from './runs.ts';

/** Filters of 3 by 3 taps and a last matrix, as matrices: `[taps channels, filters]`. */
const sizes: readonly (readonly [inputs: number, outputs: number])[] = [
  [9, 16],
  [9 * 16, 32],
  [800, CLASSES],
];

/** What windows of 3 by 3 see. */
const patches = (x: tf.Tensor4D): tf.Tensor2D => {
  const [batch, height, width, channels] = x.shape;
  const taps = Array.from({ length: 9 }, (_, tap) =>
    tf.slice(x, [0, Math.floor(tap / 3), tap % 3, 0], [batch, height - 2, width - 2, channels]),
  );
  return tf.reshape(tf.concat(taps, 3), [-1, 9 * channels]);
};

/** `tf.conv2d` has no gradient by its filter on wasm, so there the product is a matrix's. */
const windows = (x: tf.Tensor4D, weight: tf.Tensor): tf.Tensor4D => {
  const [batch, height, width, channels] = x.shape;
  const filters = weight.shape[1]!;
  if (tf.getBackend() === 'webgpu')
    return tf.conv2d(x, tf.reshape(weight, [3, 3, channels, filters]) as tf.Tensor4D, 1, 'valid');
  const rows = tf.matMul(patches(x), weight as tf.Tensor2D);
  return tf.reshape(rows, [batch, height - 2, width - 2, filters]) as tf.Tensor4D;
};

const convolved = (x: tf.Tensor4D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor4D =>
  tf.relu(tf.maxPool(tf.add(windows(x, weight), bias) as tf.Tensor4D, 2, 2, 'valid'));

/** The ELBO of the convolutional network, a sample at a time. */
const loss = (
  layers: readonly StockLayer[],
  samples: number,
  images: tf.Tensor4D,
  targets: tf.Tensor,
): tf.Scalar => {
  const spreads = layers.map(({ weight, bias }) => ({
    weight: tf.exp(weight.logStd),
    bias: tf.exp(bias.logStd),
  }));
  const terms = Array.from({ length: samples }, () => {
    const draws = layers.map(({ weight, bias }, index) => ({
      weight: drawn(weight, spreads[index]!.weight),
      bias: drawn(bias, spreads[index]!.bias),
    }));
    const [first, second, last] = draws as [(typeof draws)[0], (typeof draws)[0], (typeof draws)[0]];
    const features = convolved(
      convolved(images, first.weight.value, first.bias.value),
      second.weight.value,
      second.bias.value,
    );
    const rows = tf.reshape(features, [images.shape[0], -1]);
    const logits = tf.add(tf.matMul(rows, last.weight.value), last.bias.value);
    const divergence = draws
      .flatMap(({ weight, bias }) => [weight, bias])
      .map(({ posterior, prior }) => tf.sub(posterior, prior));
    return { fitting: crossEntropy(logits, targets), divergence: total(divergence) };
  });
  return tf.add(
    tf.mul(DATASET_SIZE, mean(terms.map(({ fitting }) => fitting))),
    mean(terms.map(({ divergence }) => divergence)),
  );
};

/** Training of the convolutional network in TensorFlow.js's own words: a step that gives its loss, which is the caller's. */
export const stockConvolutionalTraining = (problem: Problem): (() => tf.Scalar) => {
  const { inputs, targets } = makeBatch(problem);
  const images = tf.reshape(inputs, [-1, 28, 28, 1]) as tf.Tensor4D;
  const layers = sizes.map(([ins, outs]) => stockLayer(ins, outs));
  const optimizer = tf.train.adam(LEARNING_RATE);
  return () =>
    optimizer.minimize(
      () => loss(layers, problem.samples, images, targets),
      true,
      listVariables(layers),
    ) as tf.Scalar;
};

/** A run that makes one such step. */
export const stockConvolutionalStep = (problem: Problem): Run =>
  readAtOnce(stockConvolutionalTraining(problem));
