import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

describeOnBackends('two copies of the library, as ESM and CommonJS', () => {
  it('know each other by the engine', async () => {
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
