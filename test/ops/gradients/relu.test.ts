import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../../support/backends.ts';
import { take } from '../../support/numbers.ts';

describeOnBackends('the gradient of relu', () => {
  it('passes only values above 0', () => {
    const x = tf.tensor1d([-2, -0, 0, 1e-30, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const dy = tf.tensor1d([1, 2, 3, 4, 5, 6, 7]);
    expect(take(tf.grad((each: tf.Tensor) => tf.relu(each))(x, dy))).toEqual([0, 0, 0, 4, 5, 6, 0]);
    tf.dispose([x, dy]);
  });

  it('can be differentiated again', () => {
    const x = tf.tensor1d([-1, 2]);
    const cube = (each: tf.Tensor) => tf.sum(tf.mul(tf.relu(each), tf.square(each)));
    const twice = tf.grad((each: tf.Tensor) => tf.sum(tf.grad(cube)(each)));
    expect(take(twice(x))).toEqual([0, 12]);
    x.dispose();
  });
});
