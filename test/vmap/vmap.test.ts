import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type Batchable,
  batchTracer,
  isTracer,
  registerBatchingRule,
  stackBatch,
  unstackBatch,
  vmap,
} from '../../src/vmap/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from './support/againstLoop.ts';

const methods = ['runKernel', 'customGrad', 'gradients'] as const;
const replaced = (): readonly string[] => methods.filter((name) => Object.hasOwn(tf.engine(), name));

const rows = () =>
  tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

describeOnBackends('vmap', () => {
  it('maps trees of arguments and outputs, each leaf along its own axis', () => {
    const f = ({ w, b }: { w: tf.Tensor; b: tf.Tensor }, [x]: readonly [tf.Tensor]) => ({
      y: tf.add(tf.mul(w, x), b),
      pair: [x, w] as const,
    });
    const w = tf.randomNormal([2, 4], 0, 1, 'float32', 1);
    const b = tf.scalar(3);
    const x = tf.randomNormal([2, 4], 0, 1, 'float32', 2);
    const { y, pair } = vmap(f, {
      inAxes: [{ w: -1, b: null }, 1],
      outAxes: { y: 0, pair: [-1, 1] },
    })({ w, b }, [x]);
    expectClose(y, tf.transpose(tf.add(tf.mul(w, x), b)));
    expectClose(pair[0], x);
    expectClose(pair[1], w);
  });

  it('nests, and inner results may depend on either, both or none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (n, m) => {
        tf.tidy(() => {
          const a = tf.randomNormal([n, 2], 0, 1, 'float32', n);
          const b = tf.randomNormal([m, 2], 0, 1, 'float32', m + 5);
          const all = vmap((x: tf.Tensor) =>
            vmap((y: tf.Tensor) => ({ both: tf.sub(x, y), x, y, none: tf.zeros([1]) }))(b),
          )(a);
          const [left, right] = [tf.reshape(a, [n, 1, 2]), tf.reshape(b, [1, m, 2])];
          const ones = tf.ones([n, m, 1]);
          expectClose(all.both, tf.sub(left, right));
          expectClose(all.x, tf.mul(left, ones));
          expectClose(all.y, tf.mul(right, ones));
          expectClose(all.none, tf.zeros([n, m, 1]));
        });
      }),
      { numRuns: 9 },
    );
  });

  it('lets an inner vmap map a tensor that the outer one already maps', () => {
    const x = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 1);
    const norms = vmap((matrix: tf.Tensor) => vmap((row: tf.Tensor) => tf.sum(tf.square(row)))(matrix));
    expectClose(norms(x), tf.sum(tf.square(x), -1));
    const columns = vmap((matrix: tf.Tensor) =>
      vmap((column: tf.Tensor) => tf.cumsum(column), { inAxes: 1, outAxes: 1 })(matrix),
    );
    expectClose(columns(x), tf.cumsum(x, 1));
  });

  it('repeats outputs that do not depend on the batch, or leaves them for outAxes null', () => {
    const shared = tf.tensor1d([1, 2]);
    const f = (x: tf.Tensor): readonly tf.Tensor[] => [x, tf.mul(2, shared)];
    expect(vmap(f)(rows())[1]!.arraySync()).toEqual([
      [2, 4],
      [2, 4],
      [2, 4],
    ]);
    expect(vmap(f, { outAxes: [0, null] })(rows())[1]!.arraySync()).toEqual([2, 4]);
  });

  it('takes the number of samples from axisSize where nothing is mapped', () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.mul(x, 2);
    expect(vmap(f, { inAxes: null, axisSize: 2 })(tf.tensor1d([1, 2])).arraySync()).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  it('passes other values through', () => {
    const f = (x: tf.Tensor, options: { power: number; name?: string }) => ({
      y: tf.pow(x, options.power),
      name: options.name,
      count: x.size,
    });
    const { y, name, count } = vmap(f)(rows(), { power: 2, name: 'square' });
    expectClose(y, tf.square(rows()));
    expect([name, count]).toEqual(['square', 2]);
  });

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

  it('falls back to a call for each sample and says so once', () => {
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
    // The engine, which remembers it, is the same for both backends.
    expect(said.length).toBe(tf.getBackend() === 'cpu' ? 1 : 0);
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

  it('refuses kernels whose result has a shape that depends on values', () => {
    expect(() => vmap((x: tf.Tensor) => tf.unique(x).values)(rows())).toThrow(
      /Unique cannot run inside vmap/,
    );
  });
});

/** A stand-in for a random key. */
class Token implements Batchable {
  constructor(
    readonly name: string,
    readonly level = 0,
    readonly items: readonly Token[] = [],
  ) {}
  [stackBatch](items: readonly Batchable[], level: number): Token {
    return new Token('batch', level, items as readonly Token[]);
  }
  [unstackBatch](level: number, size: number): readonly Token[] {
    return this.level === level ? this.items : Array.from({ length: size }, () => this);
  }
  value(): tf.Tensor {
    return this.level === 0
      ? tf.scalar(Number(this.name))
      : batchTracer(tf.stack(this.items.map((item) => item.value())), this.level);
  }
}

describeOnBackends('vmap over values that are no tensors but can be batched', () => {
  const tokens = ['1', '2', '3'].map((name) => new Token(name));
  const f = (token: Token, x: tf.Tensor): tf.Tensor => tf.mul(token.value(), x);

  it('maps a list of them', () => {
    const y = vmap(f, { inAxes: [0, null] })(tokens, tf.tensor1d([1, 10]));
    expect(y.arraySync()).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const inTree = vmap(({ key }: { key: Token }) => key.value())({ key: tokens });
    expect(inTree.arraySync()).toEqual([1, 2, 3]);
  });

  it('passes one through, and returns lists', () => {
    const y = vmap(f, { inAxes: [null, 0] })(tokens[2]!, rows());
    expectClose(y, tf.mul(3, rows()));
    const out = vmap((token: Token, x: tf.Tensor) => [token, tokens[0]!, tf.sum(x)] as const, {
      inAxes: [0, null],
    })(tokens, rows());
    expect(out[0]).toEqual(tokens);
    expect(out[1]).toEqual([tokens[0], tokens[0], tokens[0]]);
  });

  it('refuses a single one where a list belongs', () => {
    expect(() => vmap(f)(tokens[0]!, rows())).toThrow(/inAxes for args\[0\] must be null for a single key/);
  });
});

describe('what vmap refuses', () => {
  const id = (...all: readonly unknown[]): unknown => all[0];
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['no function', () => vmap(3 as never), /vmap: f must be a function, got 3/],
    [
      'an axis out of range',
      () => vmap(id, { inAxes: [0, 3] })(rows(), rows()),
      /inAxes for args\[1\] must be an axis from -2 to 1 or null \(the rank is 2\), got 3/,
    ],
    ['an axis of a scalar', () => vmap(id)(tf.scalar(1)), /args\[0\] must be null for a scalar/],
    ['an axis that is no integer', () => vmap(id, { inAxes: 0.5 })(rows()), /got 0.5/],
    [
      'sizes that differ',
      () => vmap(id, { inAxes: [{ a: 0 }, 1] })({ a: rows() }, rows()),
      /same size, but args\[0\]\.a has 3, args\[1\] has 2/,
    ],
    [
      'a size other than axisSize',
      () => vmap(id, { axisSize: 4 })(rows()),
      /args\[0\] has 3, axisSize has 4/,
    ],
    [
      'an axisSize of 0',
      () => vmap(id, { axisSize: 0 })(rows()),
      /axisSize must be a positive integer, got 0/,
    ],
    ['nothing to map', () => vmap(id, { inAxes: null })(rows()), /axisSize must say how many/],
    ['nothing to map at all', () => vmap(id)(3), /no argument is mapped/],
    ['an empty axis', () => vmap(id)(tf.zeros([0, 2])), /must not be empty, but 'args\[0\]' is/],
    [
      'more axes than arguments',
      () => vmap(id, { inAxes: [0, 0] })(rows()),
      /inAxes must be an axis, null, or a list with an entry for each of the 1 arguments/,
    ],
    ['axes by name for the arguments', () => vmap(id, { inAxes: { a: 0 } })(rows()), /inAxes must be/],
    [
      'axes of another structure',
      () => vmap(id, { inAxes: [{ b: 0 }] })({ a: rows() }),
      /inAxes\[0\] must be an axis, null, or a tree of these with the structure of args\[0\]/,
    ],
    ['axes that are no axes', () => vmap(id, { inAxes: ['0' as never] })(rows()), /inAxes\[0\] must be/],
    [
      'an output axis out of range',
      () => vmap(id, { outAxes: 2 })(rows()),
      /outAxes for output must be an axis from -2 to 1/,
    ],
    [
      'an output that differs',
      () => vmap(id, { outAxes: null })(rows()),
      /differs between samples, got null/,
    ],
    ['output axes of another structure', () => vmap(id, { outAxes: [0] })(rows()), /structure of output/],
    [
      'an async function',
      () => vmap(async (x: tf.Tensor) => x)(rows()),
      /must be a function that is not async/,
    ],
    ['a rule without a name', () => registerBatchingRule('', () => rows()), /kernel must be the name/],
    [
      'a rule that is no function',
      () => registerBatchingRule('Abs', 3 as never),
      /rule must be a function, got 3/,
    ],
  ];

  it.each(cases)('%s', (_, run, message) => {
    const before = tf.memory().numTensors;
    expect(run).toThrow(message);
    expect(replaced()).toEqual([]);
    // The cases make their own arguments: two at most.
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(2);
  });

  it('knows tracers', () => {
    expect(isTracer(rows())).toBe(false);
    vmap((x: tf.Tensor) => {
      expect(isTracer(x)).toBe(true);
      expect(x instanceof tf.Tensor).toBe(true);
      expect([x.shape, x.rank, x.size, x.rankType]).toEqual([[2], 1, 2, '1']);
      return x;
    })(rows());
  });
});
