import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../src/backend/index.ts';
import { hasKernel } from '../../src/ops/registry.ts';
import { lowerTriangle, strictlyLower } from '../../src/ops/triangles.ts';
import {
  type TriangularAttributes,
  triangularSolve,
  triangularSolveKernel,
} from '../../src/ops/triangularSolve.ts';
import { vmap } from '../../src/vmap/index.ts';
import { describeOnBackends, fastest, kernels, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values, valuesOfEach } from '../support/numbers.ts';
import { solve, toMatrix, toRows, transpose } from './support/matrices.ts';

/** Full matrices whose lower triangles have solutions of moderate size: 1 to 2 on the diagonal. */
const matrices = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.tidy(() => {
    const off = tf.randomUniform([...shape], -1, 1, 'float32', seed);
    const own = tf.mul(tf.eye(shape.at(-1)!), tf.add(1.5, tf.mul(0.5, off)));
    return tf.add(tf.mul(off, tf.sub(1, tf.eye(shape.at(-1)!))), own);
  });

const uniform = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.randomUniform([...shape], -1, 1, 'float32', seed + 1000);

const weighed = (x: tf.Tensor): tf.Tensor =>
  tf.sum(tf.mul(tf.reshape(x, [-1]), tf.cos(tf.range(0, x.size, 1, 'float32'))));

const ways: readonly Partial<TriangularAttributes>[] = [
  {},
  { transposed: true },
  { unitDiagonal: true },
  { transposed: true, unitDiagonal: true },
];

/** Those for what takes long where a GPU is made of software. */
const someWays = fastest === 'webgpu' ? [ways[0]!, ways[3]!] : ways;

/** The solution in doubles. */
const reference = (
  lower: readonly number[],
  right: readonly number[],
  n: number,
  { transposed, unitDiagonal }: Partial<TriangularAttributes>,
): readonly number[] => {
  const all = toRows(lower, n);
  const triangle = toMatrix(n, n, (i, j) => (i === j && unitDiagonal ? 1 : i >= j ? all[i]![j]! : 0));
  return solve(transposed ? transpose(triangle) : triangle, toRows(right, right.length / n)).flat();
};

const suite = (): void => {
  it('equals the solution in doubles, for any outer axes, without looking above the diagonal', () => {
    const small = fc.integer({ min: 1, max: 9 });
    const outer = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
    fc.assert(
      fc.property(
        small,
        small,
        outer,
        fc.constantFrom(...ways),
        fc.nat(1000),
        (n, columns, axes, way, seed) => {
          tf.tidy(() => {
            const [lower, right] = [matrices([...axes, n, n], seed), uniform([...axes, n, columns], seed)];
            const x = triangularSolve(lower, right, way);
            expect(x.shape).toEqual(right.shape);
            const [own, a, b] = valuesOfEach([x, lower, right]) as readonly (readonly number[])[];
            const items = axes.reduce((count, length) => count * length, 1);
            const expected = Array.from({ length: items }, (_, item) =>
              reference(
                a!.slice(item * n * n, (item + 1) * n * n),
                b!.slice(item * n * columns, (item + 1) * n * columns),
                n,
                way,
              ),
            ).flat();
            expectNumbers(own!, expected, 1e-4);
          });
        },
      ),
      { numRuns: runs(40) },
    );
  });

  it.each(someWays)('gives back the right sides of large systems, %j', (way) => {
    tf.tidy(() => {
      for (const n of fastest === 'webgpu' ? [33] : [33, 64, 200]) {
        const own = tf.add(tf.mul(matrices([n, n], n), 1 / Math.sqrt(n)), tf.mul(0.5, tf.eye(n)));
        const right = uniform([n, 3], n);
        const x = triangularSolve(own, right, way);
        const read = way.unitDiagonal ? tf.add(strictlyLower(own), tf.eye(n)) : lowerTriangle(own);
        const back = tf.matMul(read, x, way.transposed ?? false);
        const [found, wanted] = valuesOfEach([back, right]);
        expectNumbers(found!, wanted!, 1e-4);
      }
    });
  });

  it.each(someWays)('has the gradients of its values, once and twice, %j', (way) => {
    tf.tidy(() => {
      const f = ([lower, right]: readonly tf.Tensor[]) => weighed(triangularSolve(lower!, right!, way));
      expectGradients(f, [matrices([3, 3], 1), uniform([3, 2], 1)]);
      expectGradients(f, [matrices([2, 2, 2], 2), uniform([2, 2, 1], 2)]);
      const slopes = (xs: readonly tf.Tensor[]): tf.Tensor =>
        tf
          .grads((...ys) => f(ys))(xs.map((x) => tf.mul(x, 1)))
          .map((each) => tf.sum(tf.square(each)))
          .reduce((a, b) => tf.add(a, b));
      expectGradients(slopes, [matrices([3, 3], 3), uniform([3, 1], 3)], { tolerance: 1e-2 });
    });
  });

  it.each(someWays)('has under vmap the values and gradients of a loop, %j', (way) => {
    tf.tidy(() => {
      const f = (lower: tf.Tensor, right: tf.Tensor): tf.Tensor => triangularSolve(lower, right, way);
      const [own, rights] = [matrices([3, 4, 4], 4), uniform([3, 4, 2], 4)];
      const at = (x: tf.Tensor, s: number) => tf.squeeze(tf.slice(x, [s], [1]), [0]);
      const [lower, right] = [at(own, 0), at(rights, 0)];
      const cases = [
        { inAxes: [0, 0], inputs: [own, rights] },
        { inAxes: [null, 0], inputs: [lower, rights] },
        { inAxes: [0, null], inputs: [own, right] },
      ] as const;
      for (const { inAxes, inputs } of cases) {
        const looped = (...xs: readonly tf.Tensor[]): tf.Tensor =>
          tf.stack(
            [0, 1, 2].map((s) =>
              f(...(xs.map((x, i) => (inAxes[i] === 0 ? at(x, s) : x)) as [tf.Tensor, tf.Tensor])),
            ),
          );
        const mapped = vmap(f, { inAxes: [...inAxes] });
        const [ours, loops] = [mapped, looped].map((g) =>
          valuesOfEach([
            g(...(inputs as readonly [tf.Tensor, tf.Tensor])),
            ...tf.grads((...xs) => weighed(g(...(xs as [tf.Tensor, tf.Tensor]))))([...inputs]),
          ]).flat(),
        );
        expectNumbers(ours!, loops!);
      }
      const outer = vmap(f, { inAxes: [null, 0] })(own, tf.stack([rights, rights]));
      const [twice, once] = valuesOfEach([outer, f(own, rights)]);
      expectNumbers(twice!, [...once!, ...once!]);
      const nested = vmap(vmap(f, { inAxes: [null, 0] }))(own, tf.stack([rights, rights, rights]));
      expect(nested.shape).toEqual([3, 3, 4, 2]);
      expectNumbers(
        values(at(nested, 1)),
        values(tf.stack([0, 1, 2].map((s) => f(at(own, 1), at(rights, s))))),
      );
    });
  });

  it('leaks no tensors, in its gradient neither', () => {
    const [lower, right] = [matrices([2, 3, 3], 5), uniform([2, 3, 2], 5)];
    expectNoLeak(() => triangularSolve(lower, right));
    expectNoLeak(() => tf.grads((a, b) => tf.sum(triangularSolve(a!, b!)))([lower, right]));
    expectNoLeak(() => tf.grad((a: tf.Tensor) => tf.sum(triangularSolve(a, right)))(lower));
    expectNoLeak(() => vmap((a: tf.Tensor, b: tf.Tensor) => triangularSolve(a, b))(lower, right));
    tf.dispose([lower, right]);
  });

  it('is empty for no columns or no matrices', () => {
    tf.tidy(() => {
      expect(triangularSolve(tf.ones([2, 2]), tf.zeros([2, 0])).shape).toEqual([2, 0]);
      expect(triangularSolve(tf.ones([0, 2, 2]), tf.zeros([0, 2, 1])).shape).toEqual([0, 2, 1]);
    });
  });

  it('refuses matrices that are not square, and right sides that do not fit', () => {
    tf.tidy(() => {
      expect(() => triangularSolve(tf.ones([2, 3]), tf.ones([2, 1]))).toThrow(
        'triangularSolve: lower must be float32 matrices of shape [..., n, n], got a float32 tensor of shape [2, 3]',
      );
      for (const shape of [[3, 1], [2], [4, 2, 1]])
        expect(() => triangularSolve(tf.ones([2, 2]), tf.ones(shape))).toThrow(
          `triangularSolve: right must be float32 columns of shape [2, columns], got a float32 tensor of shape [${shape.join(', ')}]`,
        );
      expect(() => triangularSolve(tf.ones([2, 2], 'int32'), tf.ones([2, 1]))).toThrow(
        'triangularSolve: lower',
      );
      expect(() => triangularSolve(tf.ones([2, 2]), tf.ones([2, 1]), { transpose: true } as never)).toThrow(
        "triangularSolve: unknown option 'transpose'; did you mean 'transposed'?",
      );
    });
  });
};

describeOnBackends('triangularSolve', suite);

describe.skipIf(!kernels || fastest === 'webgpu')('without kernels', () => {
  beforeAll(() => {
    useKernels(false);
  });
  afterAll(() => {
    useKernels(true);
  });
  describeOnBackends('triangularSolve', () => {
    it('has no kernel', () => {
      expect(hasKernel(triangularSolveKernel)).toBe(false);
    });
    suite();
  });
});
