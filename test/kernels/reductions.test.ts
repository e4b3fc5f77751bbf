import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOnBackends, kernels, runs } from '../support/backends.ts';
import { take } from '../support/numbers.ts';

const c = Math.fround(0.1);

const equal = (...shape: number[]): tf.Tensor => tf.fill(shape, c);

const zeros = (size: number): tf.Tensor1D => tf.zeros([size], 'int32');

/** How far the worst of some numbers is from what is right, relative to it. */
const off = (got: ArrayLike<number>, right: number): number =>
  Array.from(got).reduce((most, x) => {
    const far = Math.abs(x - right) / Math.abs(right);
    return far <= most ? most : Number.isNaN(far) ? 1 : far;
  }, 0);

type Case = readonly [name: string, f: () => tf.Tensor, right: number];

/** Sums of many equal numbers: added one after the other in float32, `n` of them lose two to five digits. */
const cases = (n: number): readonly Case[] => [
  ['sum', () => tf.sum(equal(n)), n * c],
  ['sum of rows', () => tf.sum(equal(10, n / 10), 1), (n / 10) * c],
  ['sum of few columns', () => tf.sum(equal(n / 10, 10), 0), (n / 10) * c],
  ['sum of columns', () => tf.sum(equal(n / 100, 100), 0), (n / 100) * c],
  ['sum of middle columns', () => tf.sum(equal(2, n / 10, 5), 1), (n / 10) * c],
  ['sum over apart axes', () => tf.sum(equal(n / 1000, 10, 100), [0, 2]), (n / 10) * c],
  ['mean', () => tf.mean(equal(n)), c],
  ['mean of columns', () => tf.mean(equal(n / 10, 10), 0), c],
  ['mean over apart axes', () => tf.mean(equal(n / 1000, 10, 100), [0, 2], true), c],
  ['mean of integers', () => tf.mean(tf.fill([n], 7, 'int32')), 7],
  ['norm', () => tf.norm(equal(n)), Math.sqrt(n) * c],
  ['logSumExp', () => tf.sub(tf.logSumExp(equal(n)), Math.log(n)), c],
  ['segment sum', () => tf.unsortedSegmentSum(equal(n), zeros(n), 1), n * c],
  ['segment sum of rows', () => tf.unsortedSegmentSum(equal(n / 10, 10), zeros(n / 10), 1), (n / 10) * c],
  ['weighted count', () => tf.bincount(zeros(n), equal(n) as tf.Tensor1D, 1), n * c],
  [
    'weighted count of each row',
    () =>
      tf.denseBincount(tf.zeros([10, n / 10], 'int32') as tf.Tensor2D, equal(10, n / 10) as tf.Tensor2D, 1),
    (n / 10) * c,
  ],
  ['scatter', () => tf.scatterND(tf.zeros([n / 10, 1], 'int32'), equal(n / 10, 10), [1, 10]), (n / 10) * c],
  ['sparse sum', () => tf.sparse.sparseSegmentSum(equal(1, 2), zeros(n / 10), zeros(n / 10)), (n / 10) * c],
  ['sparse mean', () => tf.sparse.sparseSegmentMean(equal(1, 2), zeros(n / 10), zeros(n / 10)), c],
  ['dot', () => tf.dot(equal(n), equal(n)), n * c * c],
  ['product', () => tf.matMul(equal(4, n / 10), equal(n / 10, 3)), (n / 10) * c * c],
  ['product of many columns', () => tf.matMul(equal(3, n / 100), equal(n / 100, 70)), (n / 100) * c * c],
  ['transposed product', () => tf.matMul(equal(n / 10, 4), equal(3, n / 10), true, true), (n / 10) * c * c],
  ['batched product', () => tf.matMul(equal(2, 1, n / 10), equal(2, n / 10, 1)), (n / 10) * c * c],
  [
    'fused product',
    () =>
      tf.fused.matMul({ a: equal(4, n / 10), b: equal(n / 10, 4), bias: tf.zeros([4]), activation: 'relu' }),
    (n / 10) * c * c,
  ],
  [
    'gradient of gather',
    () => tf.grad((x: tf.Tensor) => tf.mul(tf.sum(tf.gather(x, zeros(n / 10))), c))(tf.zeros([1])),
    (n / 10) * c,
  ],
  [
    'gradient of a broadcast sum',
    () => tf.grad((b: tf.Tensor) => tf.mul(tf.sum(tf.add(tf.zeros([n / 10, 4]), b)), c))(tf.zeros([4])),
    (n / 10) * c,
  ],
  [
    'gradient of a broadcast product',
    () => tf.grad((b: tf.Tensor) => tf.sum(tf.mul(equal(n / 10, 4), b)))(tf.zeros([4])),
    (n / 10) * c,
  ],
  ['cumulative sum', () => tf.slice(tf.cumsum(equal(n / 10)), [n / 10 - 1], [1]), (n / 10) * c],
];

const filterGradients: readonly Case[] = [
  [
    'conv2d',
    () =>
      tf.grad((w: tf.Tensor) =>
        tf.mul(tf.sum(tf.conv2d(equal(8, 256, 256, 1) as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid')), c),
      )(tf.zeros([1, 1, 1, 4])),
    8 * 65_536 * c * c,
  ],
  [
    'depthwiseConv2d',
    () =>
      tf.grad((w: tf.Tensor) =>
        tf.mul(
          tf.sum(tf.depthwiseConv2d(equal(8, 256, 256, 2) as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid')),
          c,
        ),
      )(tf.zeros([1, 1, 2, 1])),
    8 * 65_536 * c * c,
  ],
  [
    'conv3d',
    () =>
      tf.grad((w: tf.Tensor) =>
        tf.mul(tf.sum(tf.conv3d(equal(4, 8, 64, 64, 1) as tf.Tensor5D, w as tf.Tensor5D, 1, 'valid')), c),
      )(tf.zeros([1, 1, 1, 1, 4])),
    4 * 32_768 * c * c,
  ],
];

/** Numbers of both signs whose mean is far from 0, or not. */
const drawNumbers = (size: number, seed: number): Float32Array => {
  const shift = seed % 3;
  let state = seed + 1;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5 + shift;
  });
};

/** Expects each number to be right to 1e-5 of the sum of the absolute values that it is made of. */
const expectSums = (got: readonly number[], right: readonly number[], absolute: readonly number[]): void => {
  expect(got.length).toBe(right.length);
  const far = got.flatMap((x, at) =>
    Math.abs(x - right[at]!) <= 1e-5 * absolute[at]! ? [] : [`at ${at}: ${x}, not ${right[at]}`],
  );
  expect(far).toEqual([]);
};

const seeds = fc.nat(1e9);

describe.skipIf(!kernels)('long sums keep their digits', () => {
  describeOnBackends('of equal numbers', (backend) => {
    // On cpu and on a GPU made of software so many take long.
    it.each(cases(backend === 'wasm' ? 1e7 : 1e6))('%s', (_, f, right) => {
      expect(off(take(tf.tidy(f)), right)).toBeLessThan(1e-5);
    });

    it.each(filterGradients)('gradient of %s with respect to its filter', (_, f, right) => {
      expect(off(take(tf.tidy(f)), right)).toBeLessThan(1e-5);
    });

    it('mean of 2^25 ones', () => {
      expect(take(tf.tidy(() => tf.mean(tf.ones([2 ** 25]))))).toEqual([1]);
    });

    it('mean of a million times 1.1', () => {
      expect(off(take(tf.tidy(() => tf.mean(tf.fill([1e6], 1.1)))), 1.1)).toBeLessThan(1e-6);
    });

    it('variance of numbers that are far from 0', () => {
      const x = drawNumbers(100_000, 0).map((u) => u + 4096);
      const mean = x.reduce((sum, each) => sum + each, 0) / x.length;
      const variance = x.reduce((sum, each) => sum + (each - mean) ** 2, 0) / x.length;
      expect(off(take(tf.tidy(() => tf.moments(tf.tensor1d(x)).variance)), variance)).toBeLessThan(1e-5);
    });

    it('count of 2^24 + 1 and more', () => {
      const many = 2 ** 24 + 4;
      expect(take(tf.tidy(() => tf.bincount(zeros(many), tf.tensor1d([]), 1)))).toEqual([many]);
    });
  });

  describeOnBackends('over random axes', () => {
    it('sums and means are those of doubles', () => {
      const shapes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(shapes, fc.nat(15), seeds, (shape, pick, seed) => {
          const axes = shape.flatMap((_, axis) => ((pick >> axis) & 1 ? [axis] : []));
          const x = drawNumbers(tf.util.sizeFromShape(shape), seed);
          const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
          const strides = [...tf.util.computeStrides(kept), 1].map((step, axis) =>
            axes.includes(axis) ? 0 : step,
          );
          const full = [...tf.util.computeStrides(shape), 1];
          const size = tf.util.sizeFromShape(kept);
          const [sums, absolute] = [new Float64Array(size), new Float64Array(size)];
          x.forEach((value, at) => {
            const to = shape.reduce(
              (sum, n, axis) => sum + (Math.floor(at / full[axis]!) % n) * strides[axis]!,
              0,
            );
            sums[to]! += value;
            absolute[to]! += Math.abs(value);
          });
          const count = x.length / size;
          const [sum, mean] = tf.tidy(() => {
            const tensor = tf.tensor(x, shape);
            return [tf.sum(tensor, axes), tf.mean(tensor, axes)] as const;
          });
          expectSums(take(sum), [...sums], [...absolute]);
          expectSums(
            take(mean),
            [...sums].map((n) => n / count),
            [...absolute].map((n) => n / count),
          );
        }),
        { numRuns: runs(60) },
      );
    });

    it('long rows and columns too', () => {
      const lengths = fc.integer({ min: 1000, max: 100_000 });
      fc.assert(
        fc.property(
          lengths,
          fc.integer({ min: 1, max: 40 }),
          fc.boolean(),
          seeds,
          (length, width, first, seed) => {
            const x = drawNumbers(length * width, seed);
            const [sums, absolute] = [new Float64Array(width), new Float64Array(width)];
            x.forEach((value, at) => {
              const to = first ? at % width : Math.floor(at / length);
              sums[to]! += value;
              absolute[to]! += Math.abs(value);
            });
            const shape = first ? [length, width] : [width, length];
            const got = take(tf.tidy(() => tf.sum(tf.tensor(x, shape), first ? 0 : 1)));
            expectSums(got, [...sums], [...absolute]);
          },
        ),
        { numRuns: runs(10) },
      );
    });
  });

  describeOnBackends('over random segments', () => {
    it('are those of doubles', () => {
      const sizes = fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 30 }));
      fc.assert(
        fc.property(sizes, seeds, ([rows, depth, segments], seed) => {
          const x = drawNumbers(rows * depth, seed);
          // Most rows are in few segments, and some in none.
          const ids = Int32Array.from(drawNumbers(rows, seed + 1), (u) =>
            Math.floor((u - (seed % 3)) ** 2 * 4.4 * segments),
          );
          const [sums, absolute] = [new Float64Array(segments * depth), new Float64Array(segments * depth)];
          x.forEach((value, at) => {
            const to = ids[Math.floor(at / depth)]! * depth + (at % depth);
            if (to >= sums.length) return;
            sums[to]! += value;
            absolute[to]! += Math.abs(value);
          });
          const got = tf.tidy(() =>
            tf.unsortedSegmentSum(tf.tensor(x, [rows, depth]), tf.tensor1d(ids, 'int32'), segments),
          );
          expectSums(take(got), [...sums], [...absolute]);
        }),
        { numRuns: runs(30) },
      );
    });
  });

  describeOnBackends('at random places', (backend) => {
    it('scatterND and bincount are as accurate as doubles', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 500 }),
          fc.integer({ min: 1, max: 4 }),
          seeds,
          (rows, depth, seed) => {
            const x = drawNumbers(rows * depth, seed);
            const places = Array.from(
              { length: rows },
              (_, row) => [(row * row) % 3, (seed + row) % 5] as const,
            );
            const [sums, absolute] = [new Float64Array(15 * depth), new Float64Array(15 * depth)];
            x.forEach((value, at) => {
              const [i, j] = places[Math.floor(at / depth)]!;
              const to = (i * 5 + j) * depth + (at % depth);
              sums[to]! += value;
              absolute[to]! += Math.abs(value);
            });
            const indices = tf.tensor2d(places.flat(), [rows, 2], 'int32');
            const got = tf.tidy(() => tf.scatterND(indices, tf.tensor(x, [rows, depth]), [3, 5, depth]));
            expectSums(take(got), [...sums], [...absolute]);
            if (depth === 1) {
              const ids = places.map(([i, j]) => i * 5 + j);
              const counted = tf.tidy(() => tf.bincount(tf.tensor1d(ids, 'int32'), tf.tensor1d(x), 15));
              expectSums(take(counted), [...sums], [...absolute]);
            }
            indices.dispose();
          },
        ),
        { numRuns: runs(20) },
      );
    });

    it.skipIf(backend === 'webgpu')('scatterND refuses an index that is out of range', () => {
      const scatter = (index: number) => () =>
        tf.tidy(() => tf.scatterND(tf.tensor2d([[1], [index]], [2, 1], 'int32'), tf.ones([2]), [3]).shape);
      expect(scatter(3)).toThrow('Invalid indices: 3 does not index into 3');
      expect(scatter(-1)).toThrow('Invalid indices: -1 does not index into 3');
    });
  });

  describeOnBackends('up to each number', () => {
    it('cumsum is as accurate as doubles, along any axis, from either end', () => {
      const shapes = fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 9 })));
      fc.assert(
        fc.property(
          shapes,
          fc.nat(2),
          fc.boolean(),
          fc.boolean(),
          seeds,
          (shape, axis, exclusive, reverse, seed) => {
            const x = drawNumbers(tf.util.sizeFromShape(shape), seed);
            const step = [...tf.util.computeStrides(shape), 1][axis]!;
            const length = shape[axis]!;
            const sums = Array.from(x, (_, at) => {
              const place = Math.floor(at / step) % length;
              return Array.from({ length }, (_, i) => i)
                .filter((i) => (i === place ? !exclusive : reverse ? i > place : i < place))
                .reduce((sum, i) => sum + x[at + (i - place) * step]!, 0);
            });
            const got = tf.tidy(() => tf.cumsum(tf.tensor(x, shape), axis, exclusive, reverse));
            expectSums(
              take(got),
              sums,
              sums.map(() => 30),
            );
          },
        ),
        { numRuns: runs(40) },
      );
    });
  });

  describeOnBackends('in products', () => {
    it('are those of doubles', () => {
      const depths = fc.oneof(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(6145, 6401, 12_801, 16_385, 33_001),
      );
      const size = fc.integer({ min: 1, max: 14 });
      fc.assert(
        fc.property(size, size, depths, fc.nat(3), seeds, (rows, columns, depth, transposes, seed) => {
          const [tA, tB] = [Boolean(transposes & 1), Boolean(transposes & 2)];
          const [a, b] = [drawNumbers(rows * depth, seed), drawNumbers(depth * columns, seed + 1)];
          const [sums, absolute] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
          for (let i = 0; i < rows; i++)
            for (let j = 0; j < columns; j++)
              for (let k = 0; k < depth; k++) {
                const product =
                  a[tA ? k * rows + i : i * depth + k]! * b[tB ? j * depth + k : k * columns + j]!;
                sums[i * columns + j]! += product;
                absolute[i * columns + j]! += Math.abs(product);
              }
          const got = tf.tidy(() =>
            tf.matMul(
              tf.tensor2d(a, tA ? [depth, rows] : [rows, depth]),
              tf.tensor2d(b, tB ? [columns, depth] : [depth, columns]),
              tA,
              tB,
            ),
          );
          expectSums(take(got), [...sums], [...absolute]);
        }),
        { numRuns: runs(30) },
      );
    });
  });
});

describeOnBackends('reductions of an empty tensor', () => {
  it.skipIf(!kernels).each([
    ['mean', tf.mean, 'float32', Number.NaN],
    ['max', tf.max, 'float32', Number.NaN],
    ['min', tf.min, 'float32', Number.NaN],
    ['max of integers', tf.max, 'int32', 0],
    ['min of integers', tf.min, 'int32', 0],
    ['prod', tf.prod, 'float32', 1],
    ['prod of integers', tf.prod, 'int32', 1],
    ['sum', tf.sum, 'float32', 0],
    ['all', tf.all, 'bool', 1],
    ['any', tf.any, 'bool', 0],
  ] as const)('%s, over any axes', (_, reduce, dtype, wanted) => {
    for (const [shape, axis, size] of [
      [[0], 0, 1],
      [[0, 3], 0, 3],
      [[3, 0], 1, 3],
      [[2, 0, 2], [0, 1], 2],
      [[0, 3], 1, 0],
    ] as const)
      for (const keepDims of [false, true]) {
        const x = tf.zeros([...shape], dtype);
        const result = tf.tidy(() => (reduce as typeof tf.max)(x, axis as number, keepDims));
        expect(result.dtype).toBe(dtype);
        expect(result.rank).toBe(keepDims ? shape.length : shape.length - [axis].flat().length);
        x.dispose();
        expect(take(result)).toEqual(Array(size).fill(wanted));
      }
  });
});
