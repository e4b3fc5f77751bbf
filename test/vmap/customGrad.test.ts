import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { key, normal } from '../../src/random/index.ts';
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

  it('keeps its gradient if all inputs are shared but the function closes over a sample', () => {
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

  it('gives every sample its share if the value ignores the mapped input', () => {
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

/** Made once, long before any vmap: the square with a made-up gradient, seven times its argument. */
const madeBefore = tf.customGrad((...all) => {
  const [x, save] = all as unknown as [tf.Tensor, Save];
  save([x]);
  return { value: tf.square(x), gradFunc: (dy: tf.Tensor, [a]: tf.Tensor[]) => tf.mul(7, tf.mul(dy, a!)) };
});

/** The same, whose gradient has closed over the argument. */
const closedOver = tf.customGrad((...all) => {
  const x = all[0] as tf.Tensor;
  return { value: tf.square(x), gradFunc: (dy: tf.Tensor) => tf.mul(7, tf.mul(dy, x)) };
});

describeOnBackends('a function that tf.customGrad made before vmap', () => {
  for (const [name, f] of Object.entries({ madeBefore, closedOver })) {
    it(`${name}: is itself, with its gradient in vmap(grad), also of what samples share`, () => {
      expectClose(vmap((x: tf.Tensor) => f(x))(xs()), tf.square(xs()));
      expectClose(vmap((x: tf.Tensor) => tf.grad(f)(x))(xs()), tf.mul(7, xs()));
      const shared = (x: tf.Tensor) => tf.grad((b) => tf.sum(tf.mul(f(b), x)))(y());
      expectClose(vmap(shared)(xs()), tf.mul(7, tf.mul(y(), xs())));
    });

    it(`${name}: keeps its gradient in grad(vmap), at any depth, and leaves nothing behind`, () => {
      const cube = normal(key(0), [2, 3, 4]);
      expectClose(vmap(vmap(vmap((x: tf.Tensor) => tf.grad(f)(x))))(cube), tf.mul(7, cube));
      expectClose(tf.grad((x) => tf.sum(vmap(vmap((row: tf.Tensor) => f(row)))(x)))(cube), tf.mul(7, cube));
      const before = tf.memory().numTensors;
      vmap((x: tf.Tensor) => tf.grad((a) => tf.sum(vmap((row: tf.Tensor) => f(row))(a)))(x))(cube).dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  }

  it('is differentiated with respect to shared and unshared inputs together', () => {
    const both = (x: tf.Tensor) => tf.grad((b) => tf.sum(madeBefore(tf.add(b, x))))(y());
    expectClose(vmap(both)(xs()), tf.mul(7, tf.add(y(), xs())));
  });
});
