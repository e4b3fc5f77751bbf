import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

type Save = (tensors: tf.Tensor[]) => void;

/** x * exp(y) with a made-up gradient: three times that for x, y itself for y. */
const marked = (x: tf.Tensor, y: tf.Tensor): tf.Tensor =>
  tf.customGrad((...all) => {
    const [a, b, save] = all as unknown as [tf.Tensor, tf.Tensor, Save];
    const exp = tf.exp(b);
    save([exp, b]);
    return {
      value: tf.mul(a, exp),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.mul(3, tf.mul(dy, saved[0]!)),
        tf.mul(dy, saved[1]!),
      ],
    };
  })(x, y);

const xs = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
const y = () => tf.tensor1d([0, 1]);

describeOnBackends('tf.customGrad inside vmap', () => {
  it('has the values of each sample', () => {
    expectClose(vmap(marked, { inAxes: [0, null] })(xs(), y()), tf.mul(xs(), tf.exp(y())));
  });

  it('keeps its gradient, summed for the input that samples share', () => {
    const [dx, dy] = tf.grads((a, b) => tf.sum(vmap(marked, { inAxes: [0, null] })(a!, b!)))([xs(), y()]);
    expectClose(dx!, tf.mul(3, tf.mul(tf.exp(y()), tf.onesLike(xs()))));
    expectClose(dy!, tf.mul(3, y()));
  });

  it('keeps its gradient when all inputs are shared but the function closed over a sample', () => {
    const f = (x: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      tf.customGrad((...all) => ({
        value: tf.mul(x, all[0] as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => tf.mul(tf.mul(10, dy), x),
      }))(b);
    expectClose(vmap(f, { inAxes: [0, null] })(xs(), y()), tf.mul(xs(), y()));
    const samples = xs();
    const gradient = tf.grad((b) => tf.sum(vmap(f, { inAxes: [0, null] })(samples, b)))(y());
    expectClose(gradient, tf.mul(10, tf.sum(xs(), 0)));
  });

  it('keeps its gradient inside vmap(grad) and nested vmaps', () => {
    const gradient = (x: tf.Tensor): tf.Tensor => tf.grad((b) => tf.sum(marked(x, b)))(y());
    expectClose(vmap(gradient)(xs()), tf.mul(y(), tf.onesLike(xs())));
    const nested = vmap((x: tf.Tensor) => vmap((b: tf.Tensor) => marked(x, b))(tf.stack([y(), y()])));
    const total = tf.grad((a) => tf.sum(nested(a)))(xs());
    expectClose(total, tf.mul(6, tf.mul(tf.exp(y()), tf.onesLike(xs()))));
  });

  it('gives every sample its share where the value ignores what is mapped', () => {
    const constant = (x: tf.Tensor): tf.Tensor =>
      tf.customGrad(() => ({ value: tf.scalar(7), gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.ones([2])) }))(
        x,
      );
    expect(vmap(constant)(xs()).arraySync()).toEqual([7, 7, 7]);
    const weights = tf.tensor1d([1, 2, 3]);
    const gradient = tf.grad((a) => tf.sum(tf.mul(weights, vmap(constant)(a))))(xs());
    expectClose(gradient, tf.mul(tf.reshape(weights, [3, 1]), tf.ones([3, 2])));
  });
});
