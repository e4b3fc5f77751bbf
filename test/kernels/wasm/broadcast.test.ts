import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { kernels } from '../../support/backends.ts';
import { sameOnBoth } from './onBoth.ts';
import { countElements, numbers } from './support.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  if (kernels) useKernels(true);
});

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type DType = 'float32' | 'int32' | 'bool';

const everyType: readonly DType[] = ['float32', 'int32', 'bool'];
const numeric: readonly DType[] = ['float32', 'int32'];

/** Each operation of two tensors that broadcast, and the types that it takes. */
const operations: Readonly<Record<string, readonly [Binary, readonly DType[]]>> = {
  add: [tf.add, everyType],
  sub: [tf.sub, numeric],
  mul: [tf.mul, numeric],
  div: [tf.div, numeric],
  squaredDifference: [tf.squaredDifference, numeric],
  equal: [tf.equal, everyType],
  notEqual: [tf.notEqual, everyType],
  greater: [tf.greater, numeric],
  greaterEqual: [tf.greaterEqual, numeric],
  less: [tf.less, numeric],
  lessEqual: [tf.lessEqual, numeric],
  logicalAnd: [tf.logicalAnd, ['bool']],
  logicalOr: [tf.logicalOr, ['bool']],
  logicalXor: [tf.logicalXor, ['bool']],
  maximum: [tf.maximum, numeric],
  minimum: [tf.minimum, numeric],
  pow: [(a, b) => tf.pow(tf.add(tf.abs(a), tf.onesLike(a)), b), ['float32']],
  floorDiv: [tf.floorDiv, numeric],
  mod: [tf.mod, numeric],
  atan2: [tf.atan2, ['float32']],
};

/** Two shapes that broadcast, of different ranks or not. */
const shapes = fc
  .array(fc.record({ size: fc.nat(4), inA: fc.boolean(), inB: fc.boolean() }), { maxLength: 5 })
  .chain((axes) =>
    fc.tuple(fc.nat(axes.length), fc.nat(axes.length)).map(([fromA, fromB]) => {
      const own = (side: 'inA' | 'inB', from: number): readonly number[] =>
        axes.map((axis) => (axis[side] ? axis.size : 1)).slice(Math.min(from, axes.length));
      return [own('inA', fromA), own('inB', fromB)] as const;
    }),
  );

/** Few different numbers, so that many are equal; none is 0, by which integers are not divided. */
const some = (shape: readonly number[], dtype: DType, seed: number): tf.Tensor => {
  const values = Array.from(numbers(countElements(shape), seed), (x) => Math.round(3 * x));
  if (dtype === 'bool') return tf.tensor(values.map((x) => x > 0).map(Number), [...shape], 'bool');
  return tf.tensor(
    values.map((x) => (x >= 0 ? x + 1 : x)),
    [...shape],
    dtype,
  );
};

const cases = Object.entries(operations).flatMap(([name, [f, types]]) =>
  types.map((dtype) => [name, dtype, f] as const),
);

describe('operations of two tensors that broadcast, on wasm', () => {
  test.each(cases)('are those of cpu: %s of %s', async (_, dtype, f) => {
    await fc.assert(
      fc.asyncProperty(shapes, ([a, b]) =>
        sameOnBoth(() => [f(some(a, dtype, 1), some(b, dtype, 2)), f(some(b, dtype, 3), some(a, dtype, 4))]),
      ),
      { numRuns: 25 },
    );
  });

  test.skipIf(!kernels).each(cases)('run on tensors of the same shape: %s of %s', async (name, dtype, f) => {
    await tf.setBackend('wasm');
    const kernel = tf.getKernel(tf.Tile, 'wasm') as { kernelFunc: tf.KernelFunc };
    const { kernelFunc } = kernel;
    let repeated = 0;
    kernel.kernelFunc = (call) => {
      repeated += 1;
      return kernelFunc(call);
    };
    try {
      tf.tidy(() => void f(some([40, 1], dtype, 1), some([1, 50], dtype, 2)));
      const isXnnpack =
        dtype === 'float32' && ['add', 'sub', 'mul', 'div', 'squaredDifference'].includes(name);
      // TensorFlow.js composes it from three others.
      const expected = name === 'logicalXor' ? 4 : 2;
      expect(repeated).toBe(isXnnpack ? 0 : expected);
    } finally {
      kernel.kernelFunc = kernelFunc;
    }
  });

  test('leak no memory', async () => {
    await tf.setBackend('wasm');
    const [a, b] = [some([3, 1], 'int32', 1), some([1, 4], 'int32', 2)];
    const before = tf.memory().numDataBuffers;
    tf.dispose([tf.add(a, b), tf.greater(a, b)]);
    expect(tf.memory().numDataBuffers).toBe(before);
    tf.dispose([a, b]);
  });
});
