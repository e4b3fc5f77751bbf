import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { describeOnWebgpu, expectAsOnCpu, made } from './support.ts';

const size = fc.nat(3);

const factors = fc
  .record({
    ...{ rows: size, columns: size, depth: size },
    // Of no products the cpu backend gives the numbers of one.
    items: fc.integer({ min: 1, max: 3 }),
    batch: fc.constantFrom('none', 'of the first', 'of the second', 'of both'),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .map(({ rows, columns, depth, items, batch, transposeA, transposeB }) => {
    const [a, b] = [
      transposeA ? [depth, rows] : [rows, depth],
      transposeB ? [columns, depth] : [depth, columns],
    ];
    return {
      a: ['of the first', 'of both'].includes(batch) ? [items, ...a] : a,
      b: ['of the second', 'of both'].includes(batch) ? [items, ...b] : b,
      ...{ columns, transposeA, transposeB },
    };
  })
  .filter(({ a, b }) => a.includes(0) || b.includes(0));

describeOnWebgpu('products of factors without numbers', () => {
  test('are zeros, or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(factors, fc.constantFrom('float32', 'int32'), async (drawn, dtype) => {
        const { a, b, transposeA, transposeB } = drawn;
        await expectAsOnCpu(() => [tf.matMul(tf.ones(a, dtype), tf.ones(b, dtype), transposeA, transposeB)]);
      }),
      { numRuns: 40 },
    );
  });

  test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const)(
    'with a bias and %s',
    async (activation) => {
      await fc.assert(
        fc.asyncProperty(factors, async ({ a, b, columns, transposeA, transposeB }) => {
          await expectAsOnCpu(() => [
            tf.fused.matMul({
              ...{ a: made(a, 1), b: made(b, 2), transposeA, transposeB },
              bias: made([columns], 3),
              activation,
              preluActivationWeights: made([columns], 4),
            }),
          ]);
        }),
        { numRuns: 10 },
      );
    },
  );

  test('have gradients, zeros of the shape of the factors', async () => {
    await expectAsOnCpu(() => tf.grads((a, b) => tf.matMul(a, b))([tf.ones([2, 0]), tf.ones([0, 4])]));
    await expectAsOnCpu(() => tf.grads((a, b) => tf.matMul(a, b))([tf.ones([0, 2]), tf.ones([2, 4])]));
  });

  test('run no program', () => {
    const backend = tf.backend() as unknown as { runWebGPUProgram: (...given: unknown[]) => unknown };
    const run = vi.spyOn(backend, 'runWebGPUProgram');
    try {
      tf.tidy(() => {
        expect(tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 4])).shape).toEqual([2, 4]);
        expect(tf.matMul(tf.zeros([3, 0, 2]), tf.zeros([3, 2, 4])).shape).toEqual([3, 0, 4]);
        expect(tf.matMul(tf.zeros([0, 3, 2]), tf.zeros([2, 4])).shape).toEqual([0, 3, 4]);
      });
      expect(run).not.toHaveBeenCalled();
    } finally {
      run.mockRestore();
    }
  });

  test('are refused where the factors do not fit', () => {
    expect(() => tf.tidy(() => tf.matMul(tf.zeros([2, 0]), tf.zeros([3, 4])))).toThrow('inner shapes');
  });
});

describeOnWebgpu('reductions of empty tensors', () => {
  test('are what they are on cpu', async () => {
    const shapes: readonly (readonly [shape: number[], axis: number])[] = [
      [[0], 0],
      [[2, 0], 1],
      [[0, 2], 0],
      [[0, 2], 1],
      [[2, 1, 0, 2, 1], 2],
    ];
    for (const [shape, axis] of shapes)
      await expectAsOnCpu(() => {
        const x = tf.zeros(shape);
        const truth = tf.cast(x, 'bool');
        const reduced = [tf.max, tf.min, tf.prod].flatMap((f) => [f(x, axis), f(x, axis, true)]);
        return [...reduced, tf.all(truth, axis), tf.any(truth, axis), tf.argMax(x, axis), tf.argMin(x, axis)];
      });
  });
});
