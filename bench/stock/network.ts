import * as tf from '@tensorflow/tfjs-core';
import { layerSizes, type Problem } from '../problem.ts';

/** A normal posterior of one weight, in TensorFlow.js's own variables. */
export interface Spread {
  readonly mean: tf.Variable;
  readonly logStd: tf.Variable;
}

/** One linear layer. */
export interface StockLayer {
  readonly weight: Spread;
  readonly bias: Spread;
}

/** A weight at the start: its mean drawn within 1 / sqrt(fan-in). */
export const spread = (shape: number[], fanIn: number): Spread => {
  const bound = 1 / Math.sqrt(fanIn);
  return tf.tidy(() => ({
    mean: tf.variable(tf.randomUniform(shape, -bound, bound)),
    logStd: tf.variable(tf.fill(shape, Math.log(0.1 * bound))),
  }));
};

/** One layer at the start. */
export const stockLayer = (inputs: number, outputs: number): StockLayer => ({
  weight: spread([inputs, outputs], inputs),
  bias: spread([outputs], inputs),
});

/** The layers at the start. */
export const stockNetwork = (problem: Problem): readonly StockLayer[] => {
  const sizes = layerSizes(problem);
  return sizes.slice(1).map((outputs, index) => stockLayer(sizes[index] as number, outputs));
};

/** All variables, as TensorFlow.js's optimizers take them. */
export const listVariables = (layers: readonly StockLayer[]): tf.Variable[] =>
  layers.flatMap(({ weight, bias }) => [weight.mean, weight.logStd, bias.mean, bias.logStd]);
