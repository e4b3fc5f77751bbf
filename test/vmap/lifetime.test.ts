import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';
import { methods, replaced, rows } from './support/fixtures.ts';

describeOnBackends('lifetime of tensors inside vmap', () => {
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

  it('disposes everything but the outputs, with tf.tidy, tf.dispose and tf.keep inside', () => {
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

  it('leaves its arguments alone, even if the function disposes or keeps them', () => {
    const x = rows();
    const shared = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const f = (one: tf.Tensor): tf.Tensor => {
      const y = tf.mul(one, 2);
      one.dispose();
      expect(one.isDisposed).toBe(true);
      return y;
    };
    const outputs = [
      vmap(f)(x),
      vmap(f, { inAxes: 1 })(x),
      tf.grad((xs) => tf.sum(vmap(f)(xs)))(x),
      vmap((row: tf.Tensor) => vmap(f)(row))(x),
      vmap((one: tf.Tensor) => tf.add(tf.keep(one), 1))(x),
    ];
    expect(x.isDisposed).toBe(false);
    expect(x.kept).toBe(false);
    expect(tf.memory().numTensors).toBe(before + outputs.length);
    expectClose(outputs[3]!, tf.mul(x, 2));
    tf.dispose([...outputs, x, shared]);
  });

  it('returns a new tensor for every output', () => {
    const x = rows();
    const kept: tf.Tensor[] = [];
    const [a, b, c, d] = vmap((one: tf.Tensor) => {
      const y = tf.mul(one, 2);
      kept.push(tf.keep(tf.exp(one)));
      return [y, y, tf.reshape(y, [2]), kept[0]!] as const;
    })(x);
    expect(new Set([a.id, b.id, c.id, d.id]).size).toBe(4);
    a.dispose();
    expectClose(b, tf.mul(x, 2));
    expectClose(c, tf.mul(x, 2));
    d.dispose();
    expect(kept[0]!.isDisposed).toBe(false);
    tf.dispose([b, c, kept, x]);
  });

  it('reports the memory that it holds, and none once it has ended', () => {
    const x = rows();
    const before = tf.memory();
    const counts: number[] = [];
    const y = vmap((one: tf.Tensor) => {
      const z = tf.exp(one);
      counts.push(tf.memory().numTensors, tf.memory().numBytes);
      return tf.sum(z);
    })(x);
    expect(counts).toEqual([before.numTensors + 1, before.numBytes + 24]);
    expect(tf.memory().numTensors).toBe(before.numTensors + 1);
    expect(tf.memory().numBytes).toBe(before.numBytes + 12);
    tf.dispose([x, y]);
  });

  it("keeps only the result of a kernel called directly, and disposes its rule's intermediates", () => {
    const x = tf.reshape(rows(), [3, 1, 2]);
    const [slope, weight] = [tf.scalar(0.5), tf.ones([2, 3])];
    const calls: readonly (readonly [string, (x: tf.Tensor) => tf.NamedTensorMap, tf.NamedAttrMap])[] = [
      [tf.SquaredDifference, (a) => ({ a, b: slope }), {}],
      [tf.Cumsum, (a) => ({ x: a }), { axis: 0, exclusive: false, reverse: false }],
      [tf.Prelu, (a) => ({ x: a, alpha: slope }), {}],
      [tf.BatchMatMul, (a) => ({ a, b: weight }), { transposeA: false, transposeB: false }],
    ];
    vmap((one: tf.Tensor) => {
      for (const [kernel, inputs, attrs] of calls) {
        const before = tf.memory().numTensors;
        tf.engine().runKernel(kernel, inputs(one), attrs);
        expect(tf.memory().numTensors).toBe(before + 1);
      }
      return one;
    })(x);
  });

  it('replaces the engine while it runs, and neither tensors nor replacements survive an exception', () => {
    const x = rows();
    const before = tf.memory().numTensors;
    expect(replaced()).toEqual([]);
    const f = (one: tf.Tensor): tf.Tensor => {
      expect(replaced()).toEqual([...methods, 'random']);
      vmap((value: tf.Tensor) => tf.exp(value))(one);
      expect(replaced()).toEqual([...methods, 'random']);
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

  it('restores a method that someone else had replaced', () => {
    const engine = tf.engine();
    const original = engine.runKernel;
    const spy = vi.fn(original.bind(engine)) as unknown as typeof engine.runKernel;
    engine.runKernel = spy;
    vmap((x: tf.Tensor) => tf.exp(x))(rows());
    expect(engine.runKernel).toBe(spy);
    expect(spy).toHaveBeenCalled();
    Reflect.deleteProperty(engine, 'runKernel');
  });

  it('throws if values are read inside', () => {
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
    expect(() => tf.add(leaked[0]!, 1).dataSync()).toThrow(/nor can a tensor of a vmap be used after it/);
    expect(() => vmap((x: tf.Tensor) => tf.add(x, leaked[0]!))(rows())).toThrow(/a vmap that has ended/);
  });
});
