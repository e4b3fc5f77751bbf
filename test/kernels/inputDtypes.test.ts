import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnBackends, fastest, kernels, runs } from '../support/backends.ts';
import { expectNumbers, values } from '../support/numbers.ts';

const references: Readonly<Record<string, (x: number) => number>> = {
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  exp: Math.exp,
  expm1: Math.expm1,
  leakyRelu: (x) => (x < 0 ? 0.2 * x : x),
  log1p: Math.log1p,
  reciprocal: (x) => 1 / x,
  selu: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  sinh: Math.sinh,
  softplus: (x) => Math.log1p(Math.exp(x)),
};

type Op = (x: tf.Tensor) => tf.Tensor;

describeOnBackends('functions of real numbers, given integers and booleans,', () => {
  it.skipIf(!kernels).each(Object.entries(references))(
    '%s is that of the numbers, in float32',
    (name, reference) => {
      const op = (tf as unknown as Readonly<Record<string, Op>>)[name]!;
      const check = (xs: readonly number[], dtype: 'int32' | 'bool'): void =>
        tf.tidy(() => {
          const y = op(tf.tensor1d([...xs], dtype));
          expect(y.dtype).toBe('float32');
          const expected = xs.map(reference);
          const finite = expected.map((value) => Number.isFinite(value));
          // WGSL lets acos and asin be off by 6.8e-5.
          const tolerance = fastest === 'webgpu' && /acos|asin/.test(name) ? 1e-4 : 1e-5;
          expectNumbers(
            values(y).filter((_, i) => finite[i]),
            expected.filter((_, i) => finite[i]),
            tolerance,
          );
        });
      fc.assert(
        fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 }), (xs) =>
          check(xs, 'int32'),
        ),
        { numRuns: 20 },
      );
      check([1, 0, 1, 1, 0], 'bool');
    },
  );
});

type DType = 'float32' | 'int32' | 'bool';
const dtypes: readonly DType[] = ['float32', 'int32', 'bool'];

/** Four numbers of a dtype. */
const numbers = fc.record({
  float32: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 4, maxLength: 4 }),
  int32: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }),
  bool: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 4, maxLength: 4 }),
});
const made = (dtype: DType, xs: readonly number[]): tf.Tensor =>
  tf.tensor(
    xs.map((x) => (dtype === 'float32' ? x / 8 : x)),
    [4],
    dtype,
  );
const floatsOf = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'float32');

const expectSame = (actual: tf.Tensor, expected: tf.Tensor, dtype: DType, tolerance = 0): void => {
  expect(actual.dtype).toBe(dtype);
  expect(actual.shape).toEqual(expected.shape);
  expectNumbers(values(actual), values(expected), tolerance);
};

type Pair = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const condition = (): tf.Tensor => tf.tensor1d([1, 0, 0, 1], 'bool');
const square = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [2, 2]);
const first = (x: tf.Tensor): tf.Scalar => tf.reshape(tf.slice(x, 0, 1), []);

/** What joins tensors, or takes each number from one of them. */
const joining: Readonly<Record<string, Pair>> = {
  where: (a, b) => tf.where(condition(), a, b),
  'where of a scalar': (a, b) => tf.where(condition(), a, first(b)),
  'where of rows': (a, b) => tf.where(tf.tensor1d([0, 1], 'bool'), square(a), square(b)),
  concat: (a, b) => tf.concat([a, b]),
  'concat along the second axis': (a, b) => tf.concat([square(a), square(b), square(a)], 1),
};

/** Results of real numbers. */
const real: Readonly<Record<string, Pair>> = {
  atan2: (a, b) => tf.atan2(a, tf.add(b, tf.cast(10, b.dtype === 'float32' ? 'float32' : 'int32'))),
  'batchNorm with statistics': (a, b) =>
    tf.batchNorm(
      square(a),
      tf.tensor1d([0.5, 1]),
      tf.slice(tf.abs(b), 0, 2) as tf.Tensor1D,
      undefined,
      undefined,
      0.5,
    ),
  'batchNorm with an offset and a scale': (a, b) =>
    tf.batchNorm(
      square(a),
      tf.tensor1d([0.5, 1]),
      tf.tensor1d([1, 4]),
      tf.slice(b, 0, 2) as tf.Tensor1D,
      tf.slice(b, 2, 2) as tf.Tensor1D,
    ),
  'sums of segments': (a) => tf.unsortedSegmentSum(a, tf.tensor1d([0, 1, 0, 1], 'int32'), 2),
};

const rows = (): tf.Tensor2D => tf.tensor2d([[1], [3], [0], [2]], [4, 1], 'int32');

/** What moves, picks or counts integers and booleans, and the dtype of its result. */
const whole: Readonly<Record<string, readonly [f: (x: tf.Tensor) => tf.Tensor, dtype?: DType]>> = {
  reverse: [(x) => tf.reverse(x)],
  stridedSlice: [(x) => tf.stridedSlice(x, [3], [-5], [-2])],
  'the largest': [(x) => tf.topk(x, 2).values],
  minimum: [(x) => tf.min(x)],
  scatterND: [(x) => tf.scatterND(rows(), x, [5])],
  sparseToDense: [(x) => tf.sparseToDense(rows(), x, [5], first(x))],
  'indices of the largest': [(x) => tf.topk(x, 2).indices, 'int32'],
  searchSorted: [(x) => tf.searchSorted(tf.tensor1d([-1, 0, 1, 2], 'int32'), x), 'int32'],
  cumsum: [(x) => tf.cumsum(x), 'int32'],
  cumprod: [(x) => tf.cumprod(x), 'int32'],
  'weights of bincount': [
    (x) => tf.bincount(tf.tensor1d([0, 2, 1, 2], 'int32'), x as tf.Tensor1D, 3),
    'int32',
  ],
};

describeOnBackends('tensors of several dtypes', (backend) => {
  const pairs = dtypes.flatMap((a) => dtypes.map((b) => [a, b] as const));

  it.skipIf(!kernels).each(Object.entries(joining))('%s: the numbers of both, in the wider dtype', (_, f) => {
    fc.assert(
      fc.property(numbers, numbers, (xs, ys) =>
        tf.tidy(() => {
          for (const [one, other] of pairs) {
            const [a, b] = [made(one, xs[one]), made(other, ys[other])];
            expectSame(f(a, b), f(floatsOf(a), floatsOf(b)), tf.upcastType(one, other) as DType);
          }
        }),
      ),
      { numRuns: runs(20) },
    );
  });

  it.skipIf(!kernels).each(Object.entries(real))('%s: that of the numbers, in float32', (_, f) => {
    fc.assert(
      fc.property(numbers, numbers, (xs, ys) =>
        tf.tidy(() => {
          for (const [one, other] of pairs) {
            const [a, b] = [made(one, xs[one]), made(other, ys[other])];
            expectSame(f(a, b), f(floatsOf(a), floatsOf(b)), 'float32', 1e-6);
          }
        }),
      ),
      { numRuns: runs(20) },
    );
  });

  it.skipIf(!kernels).each(Object.entries(whole))('%s of integers and booleans', (_, [f, dtype]) => {
    fc.assert(
      fc.property(numbers, (xs) =>
        tf.tidy(() => {
          for (const one of ['int32', 'bool'] as const) {
            const x = made(one, xs[one]);
            expectSame(f(x), f(floatsOf(x)), dtype ?? one);
          }
        }),
      ),
      { numRuns: runs(20) },
    );
  });

  it.skipIf(!kernels)('an image of integers is resized to one', () => {
    tf.tidy(() => {
      const image = tf.tensor4d([1, -2, 3, 40_000_000], [1, 2, 2, 1], 'int32');
      const resized = tf.image.resizeNearestNeighbor(image, [2, 4]);
      expect(resized.dtype).toBe('int32');
      expect(values(resized)).toEqual([1, 1, -2, -2, 3, 3, 40_000_000, 40_000_000]);
    });
  });

  it.skipIf(!kernels)('leave nothing behind, after an error neither', () => {
    const [a, b] = [tf.tensor1d([1, 2, 3, 4], 'int32'), tf.tensor1d([0.5, 3, 1, 2])];
    const before = [tf.memory().numTensors, tf.engine().state.numDataBuffers, tf.backend().numDataIds()];
    tf.tidy(() => {
      tf.where(condition(), a, b);
      tf.concat([a, b]);
      const negative = tf.tensor1d([-1, 0], 'int32');
      // On a GPU numbers below 0 are not counted.
      const count = (): tf.Tensor => tf.bincount(negative, tf.tensor1d([true, false], 'bool'), 2);
      if (backend !== 'webgpu') expect(count).toThrow(/non-negative/);
    });
    const after = [tf.memory().numTensors, tf.engine().state.numDataBuffers, tf.backend().numDataIds()];
    expect(after).toEqual(before);
    tf.dispose([a, b]);
  });

  it.skipIf(!kernels)('have gradients where they are real', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d([1, 2, 3, 4], 'int32');
      const g = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.where(condition(), x, labels), [1, 2, 3, 4])));
      expect(values(g(tf.tensor1d([0.5, 1, 2, 3])))).toEqual([1, 0, 0, 4]);
      const normalized = tf.grad((x: tf.Tensor) => {
        const [mean, variance] = [tf.tensor1d([0, 0], 'int32'), tf.tensor1d([1, 4])];
        return tf.sum(tf.batchNorm(square(x), mean, variance, undefined, undefined, 0));
      });
      expectNumbers(values(normalized(tf.tensor1d([1, 2, 3, 4]))), [1, 0.5, 1, 0.5]);
      const joined = tf.grad((x: tf.Tensor) => tf.sum(tf.square(tf.concat([labels, x]))));
      expect(values(joined(tf.tensor1d([0.5, -1])))).toEqual([1, -2]);
    });
  });
});
