import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { registerBatchingRule, vmap } from '../../src/vmap/index.ts';
import { backends, describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { rows } from './support/fixtures.ts';

describeOnBackends('batching rules', (backend) => {
  it('falls back to a call for each sample and warns once', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    tf.registerKernel({
      kernelName: 'TestTwice',
      backendName: tf.getBackend(),
      kernelFunc: ({ inputs }) => tf.mul(inputs.x as tf.Tensor, 2),
    });
    const twice = (x: tf.Tensor): tf.Tensor => tf.engine().runKernel('TestTwice', { x });
    expectClose(vmap(twice)(rows()), tf.mul(rows(), 2));
    expectClose(vmap((x: tf.Tensor) => vmap(twice)(x))(rows()), tf.mul(rows(), 2));
    const said = warn.mock.calls.filter(([text]) =>
      String(text).includes("registerBatchingRule('TestTwice'"),
    );
    // The engine, which remembers it, is the same for all backends.
    expect(said.length).toBe(backend === backends[0] ? 1 : 0);
    warn.mockRestore();
    tf.unregisterKernel('TestTwice', tf.getBackend());
  });

  it('uses a registered rule', () => {
    const rule = vi.fn(({ inputs }) => tf.mul(inputs.x.tensor, 5));
    registerBatchingRule('TestRule', rule);
    const f = (x: tf.Tensor): tf.Tensor => tf.engine().runKernel('TestRule', { x });
    expectClose(vmap(f)(rows()), tf.mul(rows(), 5));
    expect(rule.mock.calls[0]![0]).toMatchObject({ kernel: 'TestRule', size: 3 });
    registerBatchingRule('TestRule', () => tf.zeros([2]));
    expect(() => vmap(f)(rows())).toThrow(/rule for TestRule must be a tensor whose first axis has size 3/);
  });

  it('returns a new tensor even if the rule returns its input', () => {
    const f = (x: tf.Tensor): tf.Tensor => {
      const doubled = tf.mul(x, 2);
      tf.tile(doubled, [1]).dispose();
      return tf.add(doubled, 1);
    };
    expectClose(vmap(f)(rows()), tf.add(tf.mul(rows(), 2), 1));
  });

  it('refuses kernels whose result has a shape that depends on values', () => {
    expect(() => vmap((x: tf.Tensor) => tf.unique(x).values)(rows())).toThrow(
      /Unique cannot run inside vmap/,
    );
  });
});
