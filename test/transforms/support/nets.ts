import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { bayesian, dropout, linear, pointMass, random, residual, sequential } from '../../../src/index.ts';

/** What a random network is made of. */
export interface Recipe {
  readonly sizes: readonly number[];
  readonly bias: boolean;
  readonly activation: 'relu' | 'tanh' | 'sigmoid';
  readonly ordinary: boolean;
  readonly skip: boolean;
  readonly drop: boolean;
  readonly rows: number;
  readonly seed: number;
}

export const recipe: fc.Arbitrary<Recipe> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
  bias: fc.boolean(),
  activation: fc.constantFrom('relu', 'tanh', 'sigmoid'),
  ordinary: fc.boolean(),
  skip: fc.boolean(),
  drop: fc.boolean(),
  rows: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

/** Inputs in [-1, 1], the same on every backend. */
export const drawInputs = (seed: number, shape: readonly number[]): tf.Tensor =>
  random.uniform(random.key(seed), shape, { min: -1, max: 1 });

const activations = { relu: tf.relu, tanh: tf.tanh, sigmoid: tf.sigmoid };

/** A network after a recipe, as a Bayesian model, with parameters, a key and inputs. */
export const cook = ({ sizes, bias, activation, ordinary, skip, drop, rows, seed }: Recipe) => {
  const hidden = sizes
    .slice(1)
    .map((size, at) => [
      `dense${at}`,
      linear(sizes[at]!, size, { bias, ...(ordinary && at === 0 ? { posterior: pointMass() } : {}) }),
    ]);
  const last = sizes.at(-1)!;
  const net = sequential(
    Object.fromEntries([
      ...hidden,
      ['activation', activations[activation]],
      ...(skip ? [['skip', residual(linear(last, last))]] : []),
      ...(drop ? [['drop', dropout(0.3)]] : []),
    ]) as Record<string, ReturnType<typeof linear>>,
  );
  const model = bayesian()(net);
  return {
    model,
    params: model.init(random.key(seed)),
    key: random.key(seed + 1),
    x: drawInputs(seed + 2, [rows, sizes[0]!]),
  };
};

/** A classifier of 2 inputs and 2 classes, small enough for central differences. */
export const classifier = () =>
  bayesian()(sequential(linear(2, 3), (x: tf.Tensor) => tf.tanh(x), linear(3, 2)));

/** Five rows for `classifier`. */
export const labelled = () => ({
  inputs: drawInputs(11, [5, 2]),
  targets: tf.tensor1d([0, 1, 1, 0, 1], 'int32') as tf.Tensor,
});
