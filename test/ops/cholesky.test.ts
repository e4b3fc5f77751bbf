import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { cholesky, choleskyKernel } from '../../src/ops/cholesky.ts';
import { hasKernel } from '../../src/ops/registry.ts';
import { logDeterminant } from '../../src/ops/triangles.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, fastest, kernels, runs } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values, valuesOfEach } from '../support/numbers.ts';
import { determinant, type Matrix, toRows } from './support/matrices.ts';

/** `B B^T + I / 2`, with B random: positive definite. */
const positive = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.tidy(() => {
    const b = tf.randomUniform([...shape], -1, 1, 'float32', seed);
    return tf.add(tf.matMul(b, b, false, true), tf.mul(0.5, tf.eye(shape.at(-1)!)));
  });

/** The factor in doubles, by columns. */
const choleskyFactor = (a: Matrix): Matrix => {
  const factor = a.map((row) => row.map(() => 0));
  a.forEach((_, j) => {
    const rest = (i: number) =>
      a[i]![j]! - factor[i]!.slice(0, j).reduce((sum, x, k) => sum + x * factor[j]![k]!, 0);
    const root = Math.sqrt(rest(j));
    for (let i = j; i < a.length; i++) factor[i]![j] = rest(i) / root;
  });
  return factor;
};

const size = fc.integer({ min: 1, max: 9 });
const outer = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

/** Sums that weigh each element by another number. */
const weighed = (x: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.reshape(x, [-1]), tf.cos(tf.range(0, x.size, 1, 'float32'))));

const suite = (): void => {
  it('equals the factor in doubles, with zeros above the diagonal, for any outer axes', () => {
    fc.assert(
      fc.property(size, outer, fc.nat(1000), (n, axes, seed) => {
        tf.tidy(() => {
          const a = positive([...axes, n, n], seed);
          const factor = cholesky(a);
          expect(factor.shape).toEqual(a.shape);
          const [given, own] = valuesOfEach([a, factor]) as [readonly number[], readonly number[]];
          const parts = (all: readonly number[]) => all.flatMap((_, i) => (i % (n * n) === 0 ? [i] : []));
          const expected = parts(given).flatMap((from) =>
            choleskyFactor(toRows(given.slice(from, from + n * n), n)).flat(),
          );
          expectNumbers(own, expected, 1e-5);
        });
      }),
      { numRuns: runs(30) },
    );
  });

  it('times its transpose is the matrix, of some size too', () => {
    tf.tidy(() => {
      for (const n of [16, 33, 64]) {
        const a = positive([2, n, n], n);
        const factor = cholesky(a);
        const [back, given] = valuesOfEach([tf.matMul(factor, factor, false, true), a]);
        expectNumbers(back!, given!, 1e-6);
      }
    });
  });

  it('takes the symmetric part of a matrix', () => {
    tf.tidy(() => {
      const factor = cholesky(tf.tensor2d([4, 1, 3, 5], [2, 2]));
      expectNumbers(values(factor), [2, 0, 1, 2], 1e-6);
    });
  });

  it('has the gradient of its values, once and twice', () => {
    tf.tidy(() => {
      expectGradient((x) => weighed(cholesky(x)), positive([4, 4], 1));
      expectGradient((x) => weighed(cholesky(x)), positive([2, 2, 2], 2));
      const slope = (x: tf.Tensor): tf.Tensor =>
        tf.sum(tf.square(tf.grad((y) => weighed(cholesky(y)))(tf.mul(x, 1))));
      expectGradient(slope, positive([3, 3], 4), { tolerance: 1e-2 });
    });
  });

  it('gives the log determinant and its gradient', () => {
    tf.tidy(() => {
      const a = positive([2, 5, 5], 7);
      const logs = logDeterminant(cholesky(a));
      expect(logs.shape).toEqual([2]);
      const [given, own] = valuesOfEach([a, logs]) as [readonly number[], readonly number[]];
      expectNumbers(
        own,
        [0, 25].map((from) => Math.log(determinant(toRows(given.slice(from, from + 25), 5)))),
      );
      expectGradient((x) => tf.sum(logDeterminant(cholesky(x))), positive([3, 3], 3));
    });
  });

  it('has under vmap the values and gradients of a loop, nested and of shared matrices too', () => {
    tf.tidy(() => {
      const a = positive([3, 2, 4, 4], 5);
      const [nested, straight] = valuesOfEach([vmap(vmap(cholesky))(a), cholesky(a)]);
      expectNumbers(nested!, straight!);
      const slopes = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad((x: tf.Tensor) => weighed(f(x)))(a);
      const inside = vmap((x: tf.Tensor) =>
        tf.grad((y: tf.Tensor) => tf.sum(tf.square(logDeterminant(cholesky(y)))))(x),
      )(a);
      const outside = tf.grad((x: tf.Tensor) => tf.sum(tf.square(logDeterminant(cholesky(x)))))(a);
      const pairs = [
        [slopes(vmap(cholesky)), slopes(cholesky)],
        [inside, outside],
      ] as const;
      for (const pair of pairs) {
        const [mapped, whole] = valuesOfEach(pair);
        expectNumbers(mapped!, whole!);
      }
      const shared = positive([3, 3], 6);
      const scaled = vmap((s: tf.Tensor) => tf.mul(s, cholesky(shared)))(tf.tensor1d([1, 2]));
      const [all, one] = valuesOfEach([scaled, cholesky(shared)]);
      expectNumbers(all!, [...one!, ...one!.map((x) => 2 * x)]);
    });
  });

  it('leaks no tensors, in its gradient and in a refusal neither', () => {
    const a = positive([2, 3, 3], 8);
    expectNoLeak(() => cholesky(a));
    expectNoLeak(() => logDeterminant(a));
    expectNoLeak(() => tf.grad((x: tf.Tensor) => tf.sum(cholesky(x)))(a));
    expectNoLeak(() => vmap(cholesky)(a));
    a.dispose();
  });

  it('is empty for no matrices, and NaN for NaN', () => {
    tf.tidy(() => {
      expect(cholesky(tf.zeros([0, 2, 2])).shape).toEqual([0, 2, 2]);
      expect(cholesky(tf.zeros([2, 0, 0])).shape).toEqual([2, 0, 0]);
      const own = values(cholesky(tf.tensor2d([Number.NaN, 1, 1, 2], [2, 2])));
      expect([own[0], own[2], own[3]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    });
  });

  it('tells of a matrix that is not positive definite: where it can be read it throws, elsewhere NaN', () => {
    tf.tidy(() => {
      const cases = [
        {
          a: tf.tensor2d([1, 2, 2, 1], [2, 2]),
          message: 'the matrix must be positive definite, got -3',
          nan: 3,
        },
        {
          a: tf.tensor2d([0, 0, 0, 1], [2, 2]),
          message: 'the matrix must be positive definite, got 0',
          nan: 0,
        },
        {
          a: tf.stack([tf.eye(2), tf.mul(-1, tf.eye(2))]),
          message:
            'matrix 1 of 2 must be positive definite, got -1; that is what is left of the element on the diagonal in row 0',
          nan: 4,
        },
      ];
      for (const { a, message, nan } of cases) {
        const before = tf.memory().numTensors;
        if (hasKernel(choleskyKernel)) {
          expect(() => cholesky(a)).toThrow(`cholesky: ${message}`);
          expect(tf.memory().numTensors).toBe(before);
        } else expect(values(cholesky(a))[nan]).toBeNaN();
      }
    });
  });

  it.each([[[3]], [[2, 3]], [[2, 2, 3]]])('refuses the shape %j', (shape) => {
    tf.tidy(() => {
      expect(() => cholesky(tf.zeros(shape))).toThrow(
        `cholesky: a must be float32 matrices of shape [..., n, n], got a float32 tensor of shape [${shape.join(', ')}]`,
      );
    });
  });
};

describeOnBackends('cholesky', suite);

describe.skipIf(!kernels || fastest === 'webgpu')('without kernels', () => {
  beforeAll(() => {
    useKernels(false);
  });
  afterAll(() => {
    useKernels(true);
  });
  describeOnBackends('cholesky', () => {
    it('has no kernel', () => {
      expect(hasKernel(choleskyKernel)).toBe(false);
    });
    suite();
  });
});
