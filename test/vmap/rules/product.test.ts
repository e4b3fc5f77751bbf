import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as random from '../../../src/random/index.ts';
import { vmap } from '../../../src/vmap/index.ts';
import { product } from '../../../src/vmap/rules/product.ts';
import { describeOnBackends } from '../../support/backends.ts';

const matrices = (seed: number, n: number, rows: number, columns: number, swapped: boolean): tf.Tensor =>
  random.normal(random.key(seed), swapped ? [n, columns, rows] : [n, rows, columns]);

/** Item by item through tfjs's own op. */
const itemByItem = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor =>
  tf.stack(
    Array.from({ length: a.shape[0]! }, (_, at) => {
      const item = (x: tf.Tensor) => tf.reshape(tf.slice(x, [at, 0, 0], [1, -1, -1]), x.shape.slice(1));
      return tf.matMul(item(a), item(b), transposeA, transposeB);
    }),
  );

const largest = (x: tf.Tensor, y: tf.Tensor): number =>
  tf.tidy(() => tf.max(tf.abs(tf.sub(x, y))).dataSync()[0] ?? Number.NaN);

// 40 x 50 x 30 is past the size from which wasm multiplies one by one, 4 x 5 x 3 is below it.
const sizes = fc.constantFrom([40, 50, 30] as const, [4, 5, 3] as const);

describeOnBackends('product', () => {
  test('equals the products item by item, forward and gradient, for all transposes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        sizes,
        fc.boolean(),
        fc.boolean(),
        fc.nat(),
        (n, [i, k, j], transposeA, transposeB, seed) => {
          tf.tidy(() => {
            const a = matrices(seed, n, i, k, transposeA);
            const b = matrices(seed + 1, n, k, j, transposeB);
            const weight = matrices(seed + 2, n, i, j, false);
            const check = (f: typeof product) => {
              const { value, grads } = tf.valueAndGrads((x: tf.Tensor, y: tf.Tensor) =>
                tf.sum(tf.mul(f(x, y, transposeA, transposeB), weight)),
              )([a, b]);
              return [f(a, b, transposeA, transposeB), value, ...grads];
            };
            const expected = check(itemByItem);
            check(product).forEach((x, at) => {
              expect(x.shape).toEqual(expected[at]?.shape);
              // Sums of 50 products of numbers around 1, and for the value of 3600 of them.
              expect(largest(x, expected[at] as tf.Tensor)).toBeLessThan(at === 1 ? 2e-2 : 1e-4);
            });
          });
        },
      ),
      { numRuns: 24 },
    );
  });

  test('has a second derivative', () => {
    tf.tidy(() => {
      const a = matrices(0, 2, 40, 50, false);
      const b = matrices(1, 2, 50, 30, false);
      const hessianProduct = (f: typeof product) =>
        tf.grad((x: tf.Tensor) =>
          tf.sum(tf.square(tf.grad((y: tf.Tensor) => tf.sum(tf.square(f(y, b, false, false))))(x))),
        )(a);
      const expected = hessianProduct(itemByItem);
      const scale = tf.max(tf.abs(expected)).dataSync()[0] ?? Number.NaN;
      expect(largest(hessianProduct(product), expected) / scale).toBeLessThan(1e-5);
    });
  });

  test('leaves nothing behind, and serves vmap with matrices of each sample', () => {
    const a = matrices(0, 3, 40, 50, false);
    const b = matrices(1, 3, 50, 30, false);
    const before = tf.memory().numTensors;
    const mapped = vmap((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y))(a, b);
    const looped = tf.tidy(() => itemByItem(a, b, false, false));
    expect(largest(mapped, looped)).toBeLessThan(1e-5);
    tf.dispose([mapped, looped]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([a, b]);
  });
});

describe('the size from which wasm multiplies one by one', () => {
  test('is passed by the larger of the sizes above alone', async () => {
    await tf.setBackend('wasm');
    const kernels = async (i: number, k: number, j: number) => {
      const [a, b] = [matrices(0, 2, i, k, false), matrices(1, 2, k, j, false)];
      const profile = await tf.profile(() => tf.tidy(() => product(a, b, false, false)));
      tf.dispose([a, b, profile.result as tf.Tensor]);
      return profile.kernelNames;
    };
    expect(await kernels(40, 50, 30)).toContain('Slice');
    expect(await kernels(4, 5, 3)).not.toContain('Slice');
  });
});
