import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { random } from '../../src/index.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { replaced, rows } from './support/fixtures.ts';

type F = (x: tf.Tensor) => unknown;

/** Expects a function to be refused inside vmap, nested and under gradients too, and everything put back after it. */
const expectRefused = (f: F, message: RegExp): void => {
  const x = rows();
  const before = tf.memory().numTensors;
  const run = (one: tf.Tensor): tf.Tensor => {
    f(one);
    return one;
  };
  expect(() => vmap(run)(x)).toThrow(message);
  expect(() => vmap((one: tf.Tensor) => vmap(run, { axisSize: 1, inAxes: null })(one))(x)).toThrow(message);
  expect(tf.memory().numTensors).toBe(before);
  // tfjs leaks what it has saved for a gradient when the function throws.
  expect(() => vmap((one: tf.Tensor) => tf.grad((q) => tf.sum(tf.square(run(q))))(one))(x)).toThrow(message);
  expect(() => tf.grad((all) => tf.sum(vmap(run)(all)))(x)).toThrow(message);
  expect(replaced()).toEqual([]);
  x.dispose();
};

describeOnBackends('impure functions inside vmap', () => {
  const logits = (): tf.Tensor1D => tf.tensor1d([0, 1, 2]);

  it.each<readonly [string, F]>([
    ['randomNormal', () => tf.randomNormal([2])],
    ['randomStandardNormal', () => tf.randomStandardNormal([2])],
    ['randomUniform', () => tf.randomUniform([2])],
    ['randomUniformInt', () => tf.randomUniformInt([2], 0, 5)],
    ['truncatedNormal', () => tf.truncatedNormal([2])],
    ['randomGamma', () => tf.randomGamma([2], 1)],
    ['rand', () => tf.rand([2], Math.random)],
    ['rand with a function of its own', () => tf.rand([2], () => Math.random() - 0.5)],
    ['dropout', (x) => tf.dropout(x, 0.5)],
    ['multinomial', () => tf.multinomial(logits(), 2)],
    ['multinomial of what is mapped', (x) => tf.multinomial(x as tf.Tensor1D, 2)],
    ['util.shuffle', () => tf.util.shuffle([1, 2, 3])],
    ['Math.random', () => Math.random()],
  ])('unseeded random numbers are refused: %s', (_, f) => {
    expectRefused(
      f,
      /Math\.random, .* cannot run inside vmap.*vmap\(\(key, x\) => tf\.add\(x, random\.normal/,
    );
  });

  it('the alternative in the error message draws separately for each sample', () => {
    const xs = tf.zeros([4, 3]);
    const noisy = vmap((key: random.Key, x: tf.Tensor) => tf.add(x, random.normal(key, x.shape)));
    const keys = random.split(random.key(0), 4);
    const drawn = noisy(keys, xs);
    expectClose(drawn, tf.stack(keys.map((key) => random.normal(key, [3]))));
    expect(new Set(drawn.dataSync()).size).toBe(12);
  });

  it('gradients that run after vmap has ended are part of it', () => {
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.customGrad((...all) => ({
        value: tf.square(all[0] as tf.Tensor),
        gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.randomNormal([2])),
      }))(x);
    expect(() => tf.grad((xs) => tf.sum(vmap(f)(xs)))(rows())).toThrow(
      /Math\.random, .* cannot run inside vmap/,
    );
    expect(replaced()).toEqual([]);
  });

  it('seeded random numbers are let through, the same for every sample', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.add(x, tf.randomNormal([2], 0, 1, 'float32', 7));
    expectClose(vmap(f)(rows()), tf.add(rows(), tf.randomNormal([2], 0, 1, 'float32', 7)));
  });

  it('Math.random is restored, also if it was replaced before', () => {
    const replacement = vi.spyOn(Math, 'random').mockReturnValue(0.25);
    const mocked = Math.random;
    vmap((x: tf.Tensor) => tf.exp(x))(rows());
    expect(Math.random).toBe(mocked);
    expect(Math.random()).toBe(0.25);
    replacement.mockRestore();
    expect(Math.random).not.toBe(mocked);
    expect(replaced()).toEqual([]);
  });

  it('works if Math is frozen', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Math, 'random')!;
    Object.defineProperty(Math, 'random', { ...descriptor, writable: false });
    try {
      expectClose(vmap((x: tf.Tensor) => tf.mul(x, 2))(rows()), tf.mul(rows(), 2));
    } finally {
      Object.defineProperty(Math, 'random', descriptor);
    }
  });

  it.each<readonly [string, F]>([
    ['dataSync', (x) => x.dataSync()],
    ['data', (x) => x.data()],
    ['arraySync', (x) => x.arraySync()],
    ['array', (x) => x.array()],
    ['bufferSync', (x) => x.bufferSync()],
    ['buffer', (x) => x.buffer()],
    ['bytes', (x) => x.bytes()],
    ['print', (x) => x.print()],
    ['tf.print', (x) => tf.print(x)],
    ['toString', (x) => x.toString()],
    ['a template', (x) => `${x}`],
    ['a comparison', (x) => (x as unknown as number) > 0],
    ['an index', (x) => [1, 2][x as unknown as number]],
    ['of an operation', (x) => tf.sum(tf.exp(x)).dataSync()],
  ])('reading values is refused: %s', (_, f) => {
    expectRefused(f, /values of a tensor cannot be read inside vmap.*tf\.where/s);
  });

  it('values of unmapped tensors can be read', () => {
    const scale = tf.tensor1d([3]);
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, scale.dataSync()[0]!);
    expectClose(vmap(f)(rows()), tf.mul(rows(), 3));
  });

  it.each<readonly [string, (x: tf.Tensor) => Promise<unknown>]>([
    ['whereAsync', (x) => tf.whereAsync(tf.greater(x, 2))],
    ['booleanMaskAsync', (x) => tf.booleanMaskAsync(x, tf.greater(x, 2))],
    ['setdiff1dAsync', (x) => tf.setdiff1dAsync(x, tf.tensor1d([1]))],
  ])('shapes that depend on values are refused: %s', async (_, f) => {
    const promises: Promise<unknown>[] = [];
    const run = (x: tf.Tensor): unknown => {
      promises.push(f(x));
      return promises[0];
    };
    expect(() => vmap(run)(rows())).toThrow(/its output is a promise/);
    await expect(promises[0]).rejects.toThrow(/cannot be read inside vmap/);
    expect(replaced()).toEqual([]);
  });

  it('tf.unique is refused', () => {
    expectRefused((x) => tf.unique(x), /[Uu]nique/);
  });

  it('assigning a variable throws, and leaves it unchanged', () => {
    const weight = tf.variable(tf.tensor1d([1, 2]), true);
    const other = tf.tensor1d([5, 6]);
    const message = new RegExp(
      `the variable '${weight.name}' was assigned inside vmap.*assign it after vmap`,
    );
    expectRefused((x) => weight.assign(x as tf.Tensor1D), message);
    expectRefused(() => weight.assign(other), message);
    const optimizer = tf.train.sgd(0.1);
    const step = (x: tf.Tensor): void => {
      optimizer.minimize(() => tf.sum(tf.mul(weight, x)) as tf.Scalar, false, [weight]);
    };
    expect(() => vmap(step)(rows())).toThrow(message);
    expect([...weight.dataSync()]).toEqual([1, 2]);
    weight.assign(other);
    expect([...weight.dataSync()]).toEqual([5, 6]);
    tf.dispose([weight, other]);
  });

  it('a variable of a mapped tensor throws, one of another tensor is made and disposed', () => {
    const message = /variable was made from a mapped tensor of shape \[2\] inside vmap/;
    expectRefused((x) => tf.variable(x), message);
    expectRefused((x) => x.variable(), message);
    const before = tf.memory().numTensors;
    const f = (x: tf.Tensor): tf.Tensor => {
      const weight = tf.variable(tf.tensor1d([1, 10]));
      const y = tf.mul(x, weight);
      weight.dispose();
      expect(weight.isDisposed).toBe(true);
      return y;
    };
    const y = vmap(f)(rows());
    expect([...y.dataSync()]).toEqual([1, 20, 3, 40, 5, 60]);
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});
