import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';

describeOnBackends('smoke', () => {
  it('mlp, softmax, losses; grads', () => {
    const f = (w: tf.Tensor, b: tf.Tensor, x: tf.Tensor): tf.Tensor =>
      tf.tidy(() => {
        const h = tf.relu(tf.add(tf.matMul(x, w), b)) as tf.Tensor2D;
        return tf.add(
          tf.mean(tf.neg(tf.sum(tf.logSoftmax(h), -1))),
          tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([1, 2, 0, 1], 'int32'), 3), h),
        );
      });
    const w = tf.randomNormal([5, 6, 3]);
    const b = tf.randomNormal([5, 3]);
    const x = tf.randomNormal([4, 6]);
    const loop = (w: tf.Tensor, b: tf.Tensor, x: tf.Tensor) =>
      tf.stack(tf.unstack(w).map((wi, i) => f(wi, tf.unstack(b)[i]!, x)));
    const all = vmap(f, { inAxes: [0, 0, null] });
    const n = tf.memory().numTensors;
    const y = all(w, b, x);
    expect(tf.memory().numTensors).toBe(n + 1);
    expect(tf.max(tf.abs(tf.sub(y, loop(w, b, x)))).arraySync()).toBeLessThan(1e-5);
    const g1 = tf.grads((w, b, x) => tf.sum(all(w!, b!, x!)))([w, b, x]);
    const g2 = tf.grads((w, b, x) => tf.sum(loop(w!, b!, x!)))([w, b, x]);
    g1.forEach((g, i) => expect(tf.max(tf.abs(tf.sub(g, g2[i]!))).arraySync()).toBeLessThan(1e-5));
  });
  it('vmap(grad)', () => {
    const w = tf.tensor1d([1, 2]);
    const xs = tf.tensor2d([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(
      vmap((x: tf.Tensor) => tf.grad((a) => tf.sum(tf.mul(w, tf.square(a))))(x))(xs).arraySync(),
    ).toEqual([
      [2, 40],
      [4, 80],
      [6, 120],
    ]);
    expect(vmap((x: tf.Tensor) => tf.grad((q) => tf.sum(tf.mul(q, x)))(w))(xs).arraySync()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const own = tf.engine();
    expect(Object.hasOwn(own, 'runKernel')).toBe(false);
  });
});
