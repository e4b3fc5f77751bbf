import * as tf from '@tensorflow/tfjs-core';
import { CLASSES, DATASET_SIZE } from '../problem.ts';
import type { Spread, StockLayer } from './network.ts';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/** A draw of every weight with its log probabilities under posterior and prior. */
export const drawn = (
  spread: Spread,
  std: tf.Tensor,
): { value: tf.Tensor; posterior: tf.Tensor; prior: tf.Tensor } => {
  const value = tf.add(spread.mean, tf.mul(std, tf.randomNormal(spread.mean.shape)));
  const scaled = tf.div(tf.sub(value, spread.mean), std);
  return {
    value,
    posterior: tf.sum(tf.sub(tf.mul(-0.5, tf.square(scaled)), tf.add(spread.logStd, halfLogTwoPi))),
    prior: tf.sum(tf.sub(tf.mul(-0.5, tf.square(value)), halfLogTwoPi)),
  };
};

/** Mean negative log likelihood of labels `[rows]` under logits `[rows, classes]`. */
export const crossEntropy = (logits: tf.Tensor, targets: tf.Tensor): tf.Tensor => {
  const hot = tf.cast(tf.oneHot(tf.cast(targets, 'int32'), CLASSES), 'float32');
  return tf.neg(tf.mean(tf.sum(tf.mul(hot, tf.logSoftmax(logits)), -1)));
};

/** A sum; that of `tf.addN` is wrong on webgpu from eight terms on. */
export const total = (terms: readonly tf.Tensor[]): tf.Tensor => terms.reduce((a, b) => tf.add(a, b));

/** A mean, likewise. */
export const mean = (terms: readonly tf.Tensor[]): tf.Tensor => tf.div(total(terms), terms.length);

/** The sampled ELBO, a sample at a time: batched products are a scalar loop on wasm, plain ones are not. */
export const sampledLoss = (
  layers: readonly StockLayer[],
  samples: number,
  inputs: tf.Tensor,
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
    const logits = draws.reduce(
      (x, { weight, bias }, index) =>
        tf.add(tf.matMul(index === 0 ? x : tf.relu(x), weight.value), bias.value),
      inputs,
    );
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

/**
 * Logits `[samples * batch, classes]` with noise on the outputs. The first layer sees the same inputs in every sample
 * and runs once; from there on samples are rows.
 */
export const noisyLogits = (layers: readonly StockLayer[], samples: number, inputs: tf.Tensor): tf.Tensor =>
  layers.reduce((x, { weight, bias }, index) => {
    const active = index === 0 ? x : tf.relu(x);
    const location = tf.add(tf.matMul(active, weight.mean), bias.mean);
    const variance = tf.add(
      tf.matMul(tf.square(active), tf.exp(tf.mul(2, weight.logStd))),
      tf.exp(tf.mul(2, bias.logStd)),
    );
    const outputs = location.shape[1] as number;
    const noise =
      index === 0
        ? tf.randomNormal([samples, ...(location.shape as [number, number])])
        : tf.randomNormal(location.shape);
    return tf.reshape(tf.add(location, tf.mul(tf.sqrt(variance), noise)), [-1, outputs]);
  }, inputs);

/** KL(posterior || N(0, 1)) of one weight. */
const divergence = ({ mean: location, logStd }: Spread): tf.Tensor =>
  tf.sum(tf.sub(tf.mul(0.5, tf.sub(tf.add(tf.exp(tf.mul(2, logStd)), tf.square(location)), 1)), logStd));

/** The ELBO with noise on the outputs and the divergence in closed form. */
export const closedLoss = (
  layers: readonly StockLayer[],
  samples: number,
  inputs: tf.Tensor,
  targets: tf.Tensor,
): tf.Scalar =>
  tf.add(
    tf.mul(DATASET_SIZE, crossEntropy(noisyLogits(layers, samples, inputs), tf.tile(targets, [samples]))),
    total(layers.flatMap(({ weight, bias }) => [divergence(weight), divergence(bias)])),
  );
