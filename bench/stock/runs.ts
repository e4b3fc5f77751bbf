import * as tf from '@tensorflow/tfjs-core';
import type { Run } from '../contender.ts';
import { CLASSES, FEATURES, LEARNING_RATE, makeBatch, type Problem } from '../problem.ts';
import { closedLoss, noisyLogits, sampledLoss } from './loss.ts';
import { listVariables, stockNetwork } from './network.ts';

/** A run of a step that gives its loss: the loss is read each time. */
export const readAtOnce =
  (step: () => tf.Scalar): Run =>
  () => {
    const value = step();
    const [read = Number.NaN] = value.dataSync();
    value.dispose();
    if (!Number.isFinite(read)) throw new Error('the loss is not finite');
  };

/** Training in TensorFlow.js's own words: a step that gives its loss, which is the caller's. */
export const stockTraining =
  (kind: 'sampled' | 'closed') =>
  (problem: Problem): (() => tf.Scalar) => {
    const { inputs, targets } = makeBatch(problem);
    const layers = stockNetwork(problem);
    const optimizer = tf.train.adam(LEARNING_RATE);
    const loss = kind === 'sampled' ? sampledLoss : closedLoss;
    return () =>
      optimizer.minimize(
        () => loss(layers, problem.samples, inputs, targets),
        true,
        listVariables(layers),
      ) as tf.Scalar;
  };

/** A run that makes one such step. */
export const stockStep =
  (kind: 'sampled' | 'closed') =>
  (problem: Problem): Run =>
    readAtOnce(stockTraining(kind)(problem));

const entropy = (probs: tf.Tensor): tf.Tensor =>
  tf.neg(tf.sum(tf.mul(probs, tf.log(tf.maximum(probs, 1e-30))), -1));

/** A run that predicts a batch, by drawing weights (a sample at a time) or outputs. */
export const stockPrediction =
  (drawnAre: 'weights' | 'outputs') =>
  (problem: Problem): Run => {
    const { inputs } = makeBatch(problem);
    const { samples, batch } = problem;
    const layers = stockNetwork(problem);
    const weightDraw = (): tf.Tensor =>
      tf.tidy(() =>
        layers.reduce((x: tf.Tensor, { weight, bias }, index) => {
          const draw = ({ mean, logStd }: typeof weight) =>
            tf.add(mean, tf.mul(tf.exp(logStd), tf.randomNormal(mean.shape)));
          return tf.add(tf.matMul(index === 0 ? x : tf.relu(x), draw(weight)), draw(bias));
        }, inputs),
      );
    const logits = (): tf.Tensor =>
      drawnAre === 'weights'
        ? tf.stack(Array.from({ length: samples }, weightDraw))
        : tf.reshape(noisyLogits(layers, samples, inputs), [samples, batch, CLASSES]);
    return () =>
      tf.tidy(() => {
        const probs = tf.softmax(logits());
        const mean = tf.mean(probs, 0);
        const total = entropy(mean);
        tf.sub(total, tf.mean(entropy(probs), 0)).dataSync();
      });
  };

/** A run of the unit: one product of [64, 784] by [784, 512]. */
export const unitProduct = (): Run => {
  const a = tf.randomNormal([64, FEATURES]);
  const b = tf.randomNormal([FEATURES, 512]);
  return () => tf.matMul(a, b).dispose();
};
