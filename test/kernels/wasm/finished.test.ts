import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { record } from '../../../src/kernels/record.ts';
import { neededCalls } from '../../../src/kernels/wasm/recording/plan.ts';
import { trace } from '../../../src/kernels/wasm/recording/trace.ts';
import type { WasmBackend } from '../../../src/kernels/wasm/wasmBackend.ts';
import { runKernel } from '../../../src/ops/engine.ts';
import type { Recordable } from '../../../src/ops/recording.ts';
import { reluGradientKernel } from '../../../src/ops/relu.ts';
import { start } from '../../support/backends.ts';
import { expectSame } from '../../transforms/support/compare.ts';
import { numbers } from './support.ts';

beforeAll(() => start('wasm'));

const none = new Int32Array(0);

const special = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e38, 0];

/** Numbers of both signs, one of them special. */
const values = (shape: readonly number[], seed: number): tf.Tensor => {
  const own = numbers(tf.util.sizeFromShape([...shape]), seed);
  own[(7919 * seed) % own.length] = special[seed % special.length]!;
  return tf.tensor(own, [...shape]);
};

/** The names of a function's kernels after products have been joined with what follows them. */
const kernels = (inputs: readonly tf.Tensor[], f: Recordable): readonly string[] => {
  const { calls } = neededCalls(trace(tf.backend() as unknown as WasmBackend, inputs, f));
  return calls.map(({ name }) => name);
};

/** Checks that a replay has the bits of the function. */
const expectBits = (shapes: readonly (readonly number[])[], f: Recordable, seed = 1): void => {
  const [first, second] = [seed, seed + 10].map((from) =>
    shapes.map((shape, at) => values(shape, from + at)),
  ) as [tf.Tensor[], tf.Tensor[]];
  const recording = record(first, [f, f]);
  const [actual, expected] = [recording.replay(second, none)!, tf.tidy(() => [...f(second)])];
  expectSame(actual, expected);
  recording.dispose();
  tf.dispose([first, second, [...actual], expected]);
};

const cut = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor => runKernel(reluGradientKernel, { dy, y }, {});

const endings = {
  nothing: (x: tf.Tensor) => x,
  rectifier: (x: tf.Tensor) => tf.relu(x),
  gradient: (x: tf.Tensor, y: tf.Tensor) => cut(x, y),
} as const;

const size = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 }));
const sizes = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(size, fc.integer({ min: 0, max: 220 }), size) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 140 }), fc.constant(6500), fc.integer({ min: 1, max: 6 })),
  },
);

describe('a product and what follows it', () => {
  it('are one kernel with the bits of several', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        fc.tuple(fc.boolean(), fc.boolean(), fc.constantFrom('a', 'b', 'both')),
        fc.record({
          added: fc.constantFrom('nothing', 'before', 'after'),
          kept: fc.nat(3),
          short: fc.boolean(),
          ending: fc.constantFrom(...(Object.keys(endings) as (keyof typeof endings)[])),
        }),
        fc.nat(100),
        ([rows, depth, columns], outer, [tA, tB, batched], { added, kept, short, ending }, seed) => {
          const shared = outer.map(() => 1);
          const a = [...(batched === 'b' ? shared : outer), ...(tA ? [depth, rows] : [rows, depth])];
          const b = [...(batched === 'a' ? shared : outer), ...(tB ? [columns, depth] : [depth, columns])];
          const shape = [...outer, rows, columns];
          const ones = shape.map((own, axis) => (axis < kept || axis === shape.length - 1 ? own : 1));
          const bias = short && kept === 0 ? [columns] : ones;
          const f: Recordable = ([x, y, z, mask]) => {
            const product = tf.matMul(x!, y!, tA, tB);
            const sum = {
              nothing: () => product,
              before: () => tf.add(z!, product),
              after: () => tf.add(product, z!),
            };
            return [tf.clone(endings[ending](sum[added](), mask!))];
          };
          const shapes = [a, b, bias, shape];
          const inputs = shapes.map((each, at) => values(each, at));
          expect(kernels(inputs, f)).toEqual([tf.BatchMatMul]);
          tf.dispose(inputs);
          expectBits(shapes, f, seed);
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });

  const [x, w, b, y] = [[3, 4], [4, 5], [5], [3, 5]];
  it.each<readonly [string, Recordable, readonly string[]]>([
    [
      'a result that is needed itself',
      ([x, w, b]) => {
        const product = tf.matMul(x!, w!);
        return [product, tf.add(product, b!)];
      },
      [tf.BatchMatMul, tf.Add],
    ],
    [
      'a result that is needed twice',
      ([x, w, b]) => {
        const product = tf.matMul(x!, w!);
        return [tf.add(tf.relu(product), tf.mul(product, b!))];
      },
      [tf.BatchMatMul, tf.Relu, tf.Multiply, tf.Add],
    ],
    [
      'a result that is added to itself',
      ([x, w]) => {
        const product = tf.matMul(x!, w!);
        return [tf.add(product, product)];
      },
      [tf.BatchMatMul, tf.Add],
    ],
    ['a number', ([x, w]) => [tf.add(tf.matMul(x!, w!), 1)], [tf.BatchMatMul, tf.Add]],
    [
      'a column',
      ([x, w, , y]) => [tf.add(tf.matMul(x!, w!), tf.slice(y!, 0, [3, 1]))],
      [tf.BatchMatMul, tf.Slice, tf.Add],
    ],
    [
      'more rows than it has',
      ([x, w, , y]) => [tf.add(tf.matMul(tf.slice(x!, 0, [1, 4]), w!), y!)],
      [tf.Slice, tf.BatchMatMul, tf.Add],
    ],
    [
      'a bias after a rectifier',
      ([x, w, b]) => [tf.add(tf.relu(tf.matMul(x!, w!)), b!)],
      [tf.BatchMatMul, tf.Add],
    ],
    ['two biases', ([x, w, b, y]) => [tf.add(tf.add(tf.matMul(x!, w!), b!), y!)], [tf.BatchMatMul, tf.Add]],
    ['two rectifiers', ([x, w]) => [tf.relu(tf.relu(tf.matMul(x!, w!)))], [tf.BatchMatMul, tf.Relu]],
    [
      'what a rectifier gave',
      ([x, w, , y]) => [cut(y!, tf.matMul(x!, w!))],
      [tf.BatchMatMul, reluGradientKernel],
    ],
    [
      'another last axis',
      ([x, w]) => [tf.relu(tf.reshape(tf.matMul(x!, w!), [5, 3]))],
      [tf.BatchMatMul, tf.Relu],
    ],
    [
      'the sum of two products',
      ([x, w, , y]) => [tf.relu(tf.add(tf.matMul(x!, w!), tf.matMul(tf.matMul(y!, w!, false, true), w!)))],
      [tf.BatchMatMul, tf.BatchMatMul, tf.BatchMatMul],
    ],
    [
      'rows of another shape',
      ([x, w, b]) => [tf.add(tf.reshape(tf.matMul(x!, w!), [1, 3, 5]), b!)],
      [tf.BatchMatMul],
    ],
  ])('keep to what they are with %s', (_, f, expected) => {
    const shapes = [x, w, b, y];
    const inputs = shapes.map((shape, at) => values(shape!, at));
    const run: Recordable = (given) => f(given).map((each) => tf.clone(each));
    expect(kernels(inputs, run)).toEqual(expected);
    tf.dispose(inputs);
    expectBits(shapes as number[][], run);
  });

  it('add long sums of the last few rows in the same way', () => {
    expectBits([[130, 6500], [3, 6500], [3]], ([x, w, b]) => [tf.add(tf.matMul(x!, w!, false, true), b!)]);
  });

  it('wait for what is added unless a larger factor would wait too', () => {
    const wide = [[2, 300], [300, 2], [2], [2, 2]];
    const inputs = wide.map((shape, at) => values(shape, at));
    const added = (product: tf.Tensor, b: tf.Tensor): readonly tf.Tensor[] => [tf.add(product, tf.sqrt(b))];
    const large: Recordable = ([x, w, b]) => added(tf.matMul(tf.exp(x!), w!), b!);
    // An input is there in any case.
    const held: Recordable = ([x, w, b]) => added(tf.matMul(x!, w!), b!);
    const before: Recordable = ([x, w, b, y]) => {
      const product = tf.matMul(tf.exp(x!), w!);
      return [tf.sqrt(y!), tf.add(product, b!)];
    };
    // The first sum is there before the second product, in which it can then take part.
    const both: Recordable = ([x, w, b]) => {
      const [one, two] = [tf.matMul(x!, w!), tf.matMul(tf.exp(x!), w!)];
      return [tf.add(two, tf.add(one, b!))];
    };
    expect(kernels(inputs, both)).toEqual([tf.BatchMatMul, tf.Exp, tf.BatchMatMul]);
    expect(kernels(inputs, large)).toEqual([tf.Exp, tf.BatchMatMul, tf.Sqrt, tf.Add]);
    expect(kernels(inputs, held)).toEqual([tf.Sqrt, tf.BatchMatMul]);
    expect(kernels(inputs, before)).toEqual([tf.Exp, tf.BatchMatMul, tf.Sqrt]);
    tf.dispose(inputs);
    for (const f of [large, held, before, both]) expectBits(wide, f);
  });

  it('stay apart where another kernel was registered', () => {
    const kernel = tf.getKernel(tf.Relu, 'wasm')!;
    onTestFinished(() => {
      tf.unregisterKernel(tf.Relu, 'wasm');
      tf.registerKernel(kernel);
    });
    tf.unregisterKernel(tf.Relu, 'wasm');
    tf.registerKernel({
      kernelName: tf.Relu,
      backendName: 'wasm',
      kernelFunc: (call) => kernel.kernelFunc(call),
    });
    const inputs = [x, w].map((shape, at) => values(shape!, at));
    expect(kernels(inputs, ([x, w]) => [tf.relu(tf.matMul(x!, w!))])).toEqual([tf.BatchMatMul, tf.Relu]);
    tf.dispose(inputs);
  });
});
