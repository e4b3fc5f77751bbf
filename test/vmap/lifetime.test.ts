import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { methods, replaced, rows } from './support/fixtures.ts';

describeOnBackends('what lives inside vmap, and how long', () => {
  it('returns fresh tensors and leaves the arguments alone', () => {
    const x = rows();
    const closed = tf.tensor1d([1]);
    const [same, other] = vmap((one: tf.Tensor) => [one, closed] as const, { outAxes: [0, null] })(x);
    expect(same.id).not.toBe(x.id);
    expect(other.id).not.toBe(closed.id);
    tf.dispose([same, other]);
    expect(x.isDisposed || closed.isDisposed).toBe(false);
    expect(x.arraySync()).toEqual(rows().arraySync());
  });

  it('tidies everything but the outputs, with tf.tidy, tf.dispose and tf.keep inside', () => {
    const x = rows();
    const before = tf.memory().numTensors;
    const f = (one: tf.Tensor): tf.Tensor => {
      const doubled = tf.mul(one, 2);
      const sum = tf.tidy(() => tf.sum(tf.add(tf.exp(doubled), tf.log(one))));
      expect(doubled.isDisposed).toBe(false);
      doubled.dispose();
      expect(doubled.isDisposed).toBe(true);
      return sum;
    };
    const y = vmap(f)(x);
    expect(tf.memory().numTensors).toBe(before + 1);
    const kept: tf.Tensor[] = [];
    tf.dispose(
      vmap((one: tf.Tensor) => {
        kept.push(tf.keep(tf.mul(one, 2)));
        return tf.sum(one);
      })(x),
    );
    expect(kept[0]!.isDisposed).toBe(false);
    tf.dispose([y, ...kept, x]);
    expect(tf.memory().numTensors).toBe(before - 1);
  });

  it('replaces the engine while it runs, and neither tensors nor replacements survive an exception', () => {
    const x = rows();
    const before = tf.memory().numTensors;
    expect(replaced()).toEqual([]);
    const f = (one: tf.Tensor): tf.Tensor => {
      expect(replaced()).toEqual(methods);
      vmap((value: tf.Tensor) => tf.exp(value))(one);
      expect(replaced()).toEqual(methods);
      throw new Error('half way');
    };
    expect(() => vmap(f)(x)).toThrow('half way');
    expect(replaced()).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => vmap((one: tf.Tensor) => tf.grad(() => f(one))(one))(x)).toThrow('half way');
    expect(replaced()).toEqual([]);
    expectClose(vmap((one: tf.Tensor) => tf.mul(one, 2))(x), tf.mul(x, 2));
    expect(replaced()).toEqual([]);
  });

  it('puts back a method that someone else had replaced', () => {
    const engine = tf.engine();
    const original = engine.runKernel;
    const spy = vi.fn(original.bind(engine)) as unknown as typeof engine.runKernel;
    engine.runKernel = spy;
    vmap((x: tf.Tensor) => tf.exp(x))(rows());
    expect(engine.runKernel).toBe(spy);
    expect(spy).toHaveBeenCalled();
    Reflect.deleteProperty(engine, 'runKernel');
  });

  it('refuses to read values inside', () => {
    const readers: readonly ((x: tf.Tensor) => unknown)[] = [
      (x) => x.dataSync(),
      (x) => x.arraySync(),
      (x) => x.bufferSync(),
      (x) => x.data(),
      (x) => x.array(),
      (x) => x.buffer(),
      (x) => x.bytes(),
      (x) => x.dataToGPU(),
      (x) => x.toString(),
      (x) => x.print(),
      (x) => tf.print(x),
      (x) => tf.variable(x),
      (x) => x.dataId,
    ];
    readers.forEach((read) => {
      const run = () =>
        vmap((x: tf.Tensor) => {
          read(x);
          return x;
        })(rows());
      expect(run).toThrow(/cannot be read inside vmap/);
    });
    expect(replaced()).toEqual([]);
  });

  it('refuses a tensor of a vmap that has ended', () => {
    const leaked: tf.Tensor[] = [];
    const f = (x: tf.Tensor): tf.Tensor => {
      leaked.push(tf.keep(tf.exp(x)));
      return x;
    };
    vmap(f)(rows());
    expect(() => tf.add(leaked[0]!, 1).dataSync()).toThrow(/nor a tensor of a vmap be used after it/);
    expect(() => vmap((x: tf.Tensor) => tf.add(x, leaked[0]!))(rows())).toThrow(/a vmap that has ended/);
  });
});
