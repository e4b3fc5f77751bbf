import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { type Case, cases, countElements, listShapes, numbers, reference } from './support.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

const multiply = (a: Float32Array, b: Float32Array, c: Case) =>
  tf.tidy(() => {
    const [shapeA, shapeB] = listShapes(c);
    const out = tf.matMul(tf.tensor(a, shapeA), tf.tensor(b, shapeB), c.transposeA, c.transposeB);
    return { shape: out.shape, values: out.dataSync() as Float32Array };
  });

const factors = (c: Case): readonly [Float32Array, Float32Array] => {
  const [shapeA, shapeB] = listShapes(c);
  return [numbers(countElements(shapeA), c.seed), numbers(countElements(shapeB), c.seed + 1)];
};

/** Expects float32 rounding of each sum, and the same NaN and infinities where the reference has them. */
const expectProduct = (a: Float32Array, b: Float32Array, c: Case, absolute = 0): void => {
  const wanted = reference(a, b, c);
  const got = multiply(a, b, c);
  expect(got.shape).toEqual(wanted.shape);
  const far = [...got.values].flatMap((value, at) => {
    const expected = wanted.values[at]!;
    const tolerance = (c.depth + 1) * 2 ** -24 * wanted.sizes[at]! + absolute;
    const same = Object.is(value, expected) || Math.abs(value - expected) <= tolerance;
    return same ? [] : [`at ${at}: ${value}, expected ${expected}`];
  });
  expect(far.slice(0, 5)).toEqual([]);
};

describe('tf.matMul on wasm', () => {
  test('agrees with 64 bits over odd and empty sizes, transposes and broadcast batches', () => {
    fc.assert(
      fc.property(cases, (c) => expectProduct(...factors(c), c)),
      { numRuns: 400 },
    );
  });

  // Past the blocks of 128 rows, 256 steps and 256 columns, by little and in one axis at a time or all.
  test.each([
    [129, 5, 258],
    [3, 1030, 7],
    [4, 257, 8],
    [133, 515, 261],
    [1, 2000, 1],
    [300, 1, 300],
  ])('agrees with 64 bits beyond the size of its blocks: %i x %i x %i', (rows, depth, columns) => {
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const c = { outerA: [], outerB: [], rows, depth, columns, transposeA, transposeB, seed: 3 };
        expectProduct(...factors(c), c);
      }
  });

  test('passes NaN and infinities only to their own rows and columns', () => {
    const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0);
    const places = fc.array(fc.tuple(fc.boolean(), fc.nat(), special), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(cases, places, (c, put) => {
        const [a, b] = factors(c);
        for (const [inA, at, value] of put) {
          const x = inA ? a : b;
          if (x.length > 0) x[at % x.length] = value;
        }
        const wanted = reference(a, b, c).values;
        const got = multiply(a, b, c).values;
        expect([...got].map((x) => (Number.isFinite(x) ? 0 : x))).toEqual(
          [...wanted].map((x) => (Number.isFinite(x) ? 0 : x)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('treats denormal numbers as zero', () => {
    const least = 2 ** -126;
    fc.assert(
      fc.property(cases, (c) => {
        const [a, b] = factors(c);
        const some = (x: Float32Array) => x.map((value, at) => (at % 3 === 0 ? value * least * 0.99 : value));
        expectProduct(some(a), some(b), c, c.depth * least);
      }),
      { numRuns: 100 },
    );
    const one = {
      outerA: [],
      outerB: [],
      rows: 1,
      depth: 1,
      columns: 1,
      transposeA: false,
      transposeB: false,
      seed: 0,
    };
    expect([...multiply(Float32Array.of(least / 2), Float32Array.of(1), one).values]).toEqual([0]);
    expect([...multiply(Float32Array.of(-least), Float32Array.of(1), one).values]).toEqual([-least]);
  });

  test('leaves its result and no other tensor', () => {
    const [a, b] = [tf.ones([2, 1, 3, 4]), tf.ones([3, 4, 5])];
    expectNoLeak(() => tf.matMul(a, b));
    tf.dispose([a, b]);
  });

  test('names the shapes that do not fit', () => {
    expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]))).toThrow(/inner shapes \(3\) and \(4\)/);
    expect(() => tf.matMul(tf.ones([2, 3, 4]), tf.ones([3, 4, 5]))).toThrow(/broadcast/);
    expect(() => tf.matMul(tf.ones([3]), tf.ones([3, 4]))).toThrow(/at least two axes/);
  });

  test('leaves other types to tfjs', () => {
    const [a, b] = [tf.ones([2, 2], 'int32'), tf.ones([2, 2], 'int32')];
    expect(() => tf.matMul(a, b)).toThrow(/float32/);
    tf.dispose([a, b]);
  });
});
