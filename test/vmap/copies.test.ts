import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { replaced } from './support/fixtures.ts';

/** tfjs-core loaded once more, as by a program with two versions of it in its node_modules. */
const anotherCore = (): typeof tf => {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@tensorflow/tfjs-core');
  require(file);
  delete require.cache[file];
  // It warns that there is one already.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const core: typeof tf = require(file);
  warn.mockRestore();
  return core;
};

describeOnBackends('two copies of tfjs-core', () => {
  const second = anotherCore();
  const x = () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);

  it('share the engine and the state of vmap', async () => {
    const { vmap } = await import('../../src/vmap/index.ts');
    expect(second.Tensor).not.toBe(tf.Tensor);
    const f = (core: typeof tf) => (row: tf.Tensor) => core.logSoftmax(core.mul(row, core.sin(row)));
    expectClose(vmap(f(second))(x()), vmap(f(tf))(x()));
    const summed = (core: typeof tf) => (row: tf.Tensor) => core.grad((r) => core.sum(f(tf)(r)))(row);
    expectClose(vmap(summed(second))(x()), vmap(summed(tf))(x()));
    const total = (core: typeof tf) => core.grad((all) => tf.sum(tf.square(vmap(f(second))(all))))(x());
    expectClose(total(second), total(tf));
    expect(() => vmap((_: tf.Tensor) => second.randomNormal([2]))(x())).toThrow(
      /Math\.random, .* cannot run inside vmap/,
    );
    expect(() => vmap((row: tf.Tensor) => second.variable(row))(x())).toThrow(/made from a mapped tensor/);
    expect(replaced()).toEqual([]);
  });
});

describeOnBackends('two copies of the library, as ESM and CommonJS', () => {
  it('find each other through the engine', async () => {
    const first = await import('../../src/vmap/index.ts');
    vi.resetModules();
    const second = await import('../../src/vmap/index.ts');
    expect(second.vmap).not.toBe(first.vmap);
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const y = tf.tensor1d([1, 10, 100]);
    const nested = first.vmap((a: tf.Tensor) => second.vmap((b: tf.Tensor) => tf.mul(tf.softmax(a), b))(y));
    const expected = tf.mul(tf.reshape(tf.softmax(x), [2, 1, 2]), tf.reshape(y, [1, 3, 1]));
    expectClose(nested(x), expected);
    const gradient = first.vmap((a: tf.Tensor) =>
      tf.grad((b) => tf.sum(second.vmap((c: tf.Tensor) => tf.logSoftmax(tf.mul(a, c)))(b)))(y),
    );
    expect(gradient(x).shape).toEqual([2, 3]);
    first.registerBatchingRule('TestShared', ({ inputs }) => tf.mul(inputs.x!.tensor, 2));
    const run = second.vmap((a: tf.Tensor) => tf.engine().runKernel('TestShared', { x: a }) as tf.Tensor);
    expectClose(run(x), tf.mul(x, 2));
  });
});
