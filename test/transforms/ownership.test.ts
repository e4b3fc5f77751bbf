import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  bayesian,
  dropout,
  layer,
  linear,
  posteriorMean,
  random,
  sequential,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';

describeOnBackends('a network that returns its input', () => {
  const x = () => tf.tensor1d([1, 2, 3]);
  const handsOn = bayesian()(
    layer({ w: [3] }, ({ w }) => (input: tf.Tensor) => ({ input, sum: tf.add(input, w) })),
  );

  test('returns a new tensor', () => {
    const input = x();
    const output = posteriorMean(bayesian()(dropout(0.5))).apply({}, random.key(0), input);
    output.dispose();
    expect([...input.dataSync()]).toEqual([1, 2, 3]);
    input.dispose();
  });

  test('does so inside a tree of outputs, and beside log probabilities', () => {
    const input = x();
    const params = handsOn.init(random.key(0));
    tf.dispose(handsOn.apply(params, random.key(1), input) as unknown as tf.TensorContainer);
    tf.dispose(withLogProbs(handsOn)(params, random.key(1), input).output as unknown as tf.TensorContainer);
    expect([...input.dataSync()]).toEqual([1, 2, 3]);
  });
});

describeOnBackends('parameters of another posterior', () => {
  test('are refused by the name of the variable', () => {
    const model = bayesian()(sequential(linear(2, 1)));
    const value = tf.zeros([2, 1]);
    const params = { '0': { weight: { value }, bias: { value } } } as unknown as ReturnType<
      typeof model.init
    >;
    expect(() => model.apply(params, random.key(0), tf.zeros([1, 2]))).toThrow(
      "variable '0.weight', a normal posterior with an object with keys [value]: ",
    );
  });
});
