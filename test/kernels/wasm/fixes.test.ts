import '../../support/backends.ts';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useKernels } from '../../../src/backend/index.ts';
import { sameOnBoth } from './onBoth.ts';
import { countElements, numbers } from './support.ts';

beforeAll(async () => {
  await tf.setBackend('wasm');
  useKernels(true);
});

type DType = 'bool' | 'int32' | 'float32';
type F = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | readonly tf.Tensor[];

const list = (y: tf.Tensor | readonly tf.Tensor[]): readonly tf.Tensor[] =>
  y instanceof tf.Tensor ? [y] : y;

/** What moves numbers, and what asks about them. */
const moving: Readonly<Record<string, F>> = {
  where: (x, y) => tf.where(tf.cast(x, 'bool'), x, y),
  reverse: (x) => tf.reverse(x),
  'reverse along one axis': (x) => tf.reverse(x, 1),
  concat: (x, y) => tf.concat([x, y], 1),
  stack: (x, y) => tf.stack([x, y], 1),
  unstack: (x) => tf.unstack(x, 1),
  split: (x) => tf.split(tf.concat([x, x], 1), 2, 1),
  slice: (x) => tf.slice(x, [0, 1]),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 1], [9, 9], [2, 2]),
  'stridedSlice backwards': (x) => tf.stridedSlice(x, [0, 9], [9, -9], [1, -1]),
  tile: (x) => tf.tile(x, [2, ...Array<number>(x.rank - 1).fill(3)]),
  pad: (x) =>
    tf.pad(
      x,
      x.shape.map(() => [1, 2]),
      1,
    ),
  mirrorPad: (x) =>
    tf.mirrorPad(
      x,
      x.shape.map(() => [1, 1]),
      'symmetric',
    ),
  transpose: (x) => tf.transpose(x),
  gather: (x) => tf.gather(x, tf.tensor1d([1, 0, 1], 'int32'), 1),
  gatherND: (x) => tf.gatherND(x, tf.tensor2d([1, 0, 0, 1], [2, 2], 'int32')),
  reshape: (x) => tf.reshape(x, [x.size]),
  expandDims: (x) => tf.expandDims(x, 1),
  clone: (x) => tf.clone(x),
  any: (x) => tf.any(tf.cast(x, 'bool'), 0),
  all: (x) => tf.all(tf.cast(x, 'bool'), 1),
  logicalNot: (x) => tf.logicalNot(tf.cast(x, 'bool')),
  logicalAnd: (x, y) => tf.logicalAnd(tf.cast(x, 'bool'), tf.cast(y, 'bool')),
  logicalOr: (x, y) => tf.logicalOr(tf.cast(x, 'bool'), tf.cast(y, 'bool')),
  logicalXor: (x, y) => tf.logicalXor(tf.cast(x, 'bool'), tf.cast(y, 'bool')),
  equal: (x, y) => tf.equal(x, y),
  notEqual: (x, y) => tf.notEqual(x, y),
  'cast to float32': (x) => tf.cast(x, 'float32'),
  'cast to int32': (x) => tf.cast(x, 'int32'),
  'cast to bool': (x) => tf.cast(x, 'bool'),
  oneHot: (x) =>
    (['int32', 'float32', 'bool'] as const).map((dtype) =>
      tf.oneHot(tf.cast(x, 'int32') as tf.Tensor1D, 3, 1, 0, dtype as 'int32'),
    ),
  onesLike: (x) => tf.onesLike(x),
  zerosLike: (x) => tf.zerosLike(x),
  sum: (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, 0),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 1),
  argMax: (x) => tf.argMax(x, 1),
  abs: (x) => tf.abs(x),
  relu: (x) => tf.relu(x),
  sign: (x) => tf.sign(x),
  square: (x) => tf.square(x),
  step: (x) => tf.step(x),
  round: (x) => tf.round(x),
  isNaN: (x) => tf.isNaN(x),
  isInf: (x) => tf.isInf(x),
  isFinite: (x) => tf.isFinite(x),
  spaceToBatchND: (x) =>
    tf.spaceToBatchND(
      tf.reshape(x, [1, 1, x.size, 1]),
      [1, x.size],
      [
        [0, 0],
        [0, 0],
      ],
    ),
};

const shapes = fc
  .tuple(
    fc.integer({ min: 2, max: 3 }),
    fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 2 }),
  )
  .map(([first, rest]) => [first, ...rest]);

const made = (dtype: DType, shape: readonly number[], seed: number): tf.Tensor => {
  const whole = numbers(countElements(shape), seed).map((x) => Math.floor(x * 4));
  return tf.tensor(
    [...whole].map((x) => (dtype === 'bool' ? Math.abs(x) % 2 : x)),
    [...shape],
    dtype,
  );
};

describe('kernels of wasm by dtype', () => {
  describe.each(['bool', 'int32', 'float32'] as const)('%s', (dtype) => {
    it.each(Object.entries(moving))('%s is what it is on cpu', async (_, f) => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.integer({ min: 1, max: 999 }), async (shape, seed) => {
          await sameOnBoth(() => list(f(made(dtype, shape, seed), made(dtype, shape, seed + 1))));
        }),
        { numRuns: 8 },
      );
    });
  });

  it('where and reverse of eight booleans', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const b = tf.tensor1d(
        Array.from({ length: 8 }, (_, i) => i % 3 !== 0),
        'bool',
      );
      expect([...tf.where(b, b, tf.logicalNot(b)).dataSync()]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
      expect([...tf.reverse(b).dataSync()]).toEqual([1, 0, 1, 1, 0, 1, 1, 0]);
    });
  });

  it('NaN stays NaN under clipping', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor1d([
        Number.NaN,
        -1,
        0.5,
        7,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
      ]);
      expect([...tf.clipByValue(x, 0, 1).dataSync()]).toEqual([Number.NaN, 0, 0.5, 1, Number.NaN, 1, 0]);
      expect([...tf.relu6(x).dataSync()]).toEqual([Number.NaN, 0, 0.5, 6, Number.NaN, 6, 0]);
      const whole = tf.tensor1d([-3, 0, 1, 5], 'int32');
      expect([...tf.clipByValue(whole, 0, 2).dataSync()]).toEqual([0, 0, 1, 2]);
    });
  });

  it.each([[[2, 1]], [[1, 3]], [[3]], [[]], [[2, 3]]])('prelu with slopes of shape %j', async (shape) => {
    await sameOnBoth(() => [
      tf.prelu(made('float32', [2, 3], 1), tf.add(made('float32', shape, 2), 0.5)),
      tf.prelu(made('int32', [2, 3], 3), made('int32', shape, 4)),
    ]);
  });

  it('prelu with a slope for each row', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor2d([
        [-1, -2],
        [-3, -4],
      ]);
      const y = tf.prelu(x, tf.tensor2d([[0.5], [1]]));
      expect([...y.dataSync()]).toEqual([-0.5, -1, -3, -4]);
    });
  });

  it('the maximum and minimum of an empty tensor are NaN, its product is 1', async () => {
    await sameOnBoth(() =>
      [tf.max, tf.min, tf.prod].flatMap((f) => [
        (f as typeof tf.max)(tf.zeros([2, 0]), 1),
        (f as typeof tf.max)(tf.zeros([0, 2]), 0, true),
        (f as typeof tf.max)(tf.zeros([0])),
      ]),
    );
  });

  it('convolutions of empty tensors are 0, or empty, and a bias is added', async () => {
    const [x, filter] = [() => tf.zeros<tf.Rank.R4>([1, 4, 4, 0]), () => tf.zeros<tf.Rank.R4>([2, 3, 0, 2])];
    await sameOnBoth(() => [
      tf.conv2d(x(), filter(), 1, 'same'),
      tf.conv2d(tf.zeros<tf.Rank.R4>([0, 4, 4, 1]), tf.ones<tf.Rank.R4>([2, 3, 1, 2]), 1, 'valid'),
      tf.fused.conv2d({ x: x(), filter: filter(), strides: 1, pad: 'same', bias: tf.tensor1d([1, 2]) }),
      tf.depthwiseConv2d(x(), filter(), 1, 'same'),
    ]);
  });

  it('all of an empty tensor is true, any of it false', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.zeros([2, 0], 'bool');
      expect([...tf.all(x, 1).dataSync()]).toEqual([1, 1]);
      expect([...tf.any(x, 1).dataSync()]).toEqual([0, 0]);
    });
  });
});
