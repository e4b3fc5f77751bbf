import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';

describeOnBackends('the gradients of tfjs-core', () => {
  it('are registered by the import', () => {
    const gradient = tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, -2, 3]));
    expect([...gradient.dataSync()]).toEqual([2, -4, 6]);
  });

  it('include ops whose backward pass is private to tfjs-core', () => {
    const image = tf.ones<tf.Rank.R4>([1, 4, 4, 1]);
    const gradient = tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(image);
    expect(gradient.shape).toEqual([1, 4, 4, 1]);
    expect(tf.sum(gradient).dataSync()).toEqual(new Float32Array([4]));
    const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 1]);
    const byInput = tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, filter, 1, 'valid')))(image);
    expect([...byInput.dataSync()]).toEqual([1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1]);
  });
});
