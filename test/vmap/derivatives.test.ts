import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

const normal = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

describeOnBackends('derivatives by vmap', () => {
  it('a jacobian is a vmap over the rows of the identity, a hessian one of a gradient of a gradient', () => {
    const x = tf.tensor1d([0.5, -1, 2]);
    const jacobian = vmap((dy: tf.Tensor) => tf.grad((q) => tf.softmax(q))(x, dy))(tf.eye(3));
    const p = tf.softmax(x);
    expectClose(jacobian, tf.sub(tf.diag(p), tf.outerProduct(p as tf.Tensor1D, p as tf.Tensor1D)));
    const f = (q: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.square(q), tf.sin(q)));
    const row = (v: tf.Tensor): tf.Tensor => tf.grad((q) => tf.sum(tf.mul(v, tf.grad(f)(tf.mul(q, 1)))))(x);
    const sines = tf.mul(tf.sub(2, tf.square(x)), tf.sin(x));
    const second = tf.add(sines, tf.mul(tf.mul(4, x), tf.cos(x)));
    expectClose(vmap(row)(tf.eye(3)), tf.diag(second));
    const each = vmap((q: tf.Tensor) =>
      vmap((dy: tf.Tensor) => tf.grad((r) => tf.softmax(r))(q, dy))(tf.eye(3)),
    );
    expectClose(each(tf.stack([x, x])), tf.stack([jacobian, jacobian]));
  });

  it('tf.variableGrads and an optimizer differentiate through a vmap', () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const xs = normal([3, 2], 1);
    const loss = (): tf.Scalar => tf.sum(vmap((x: tf.Tensor) => tf.sum(tf.mul(weight, x)))(xs));
    const { value, grads } = tf.variableGrads(loss);
    expectClose(value, tf.sum(tf.mul(weight, xs)));
    expectClose(grads[weight.name]!, tf.sum(xs, 0));
    tf.train.sgd(1).minimize(loss, false, [weight]);
    expectClose(weight, tf.sub(tf.tensor1d([1, 2]), tf.sum(xs, 0)));
    weight.dispose();
  });

  it('a function that throws during the backward pass does not affect the next gradient', () => {
    const xs = normal([3, 2], 1);
    const broken = (x: tf.Tensor): tf.Tensor =>
      tf.customGrad((...all) => ({
        value: tf.square(all[0] as tf.Tensor),
        gradFunc: () => {
          throw new Error('half way back');
        },
      }))(x);
    const each = vmap((x: tf.Tensor) => tf.grad((q) => tf.sum(tf.mul(broken(q), q)))(x));
    expect(() => each(xs)).toThrow('half way back');
    const all = tf.grad((rows) => tf.sum(vmap(broken)(rows)));
    expect(() => all(xs)).toThrow('half way back');
    expectClose(vmap((x: tf.Tensor) => tf.grad(tf.square)(x))(xs), tf.mul(2, xs));
  });
});
