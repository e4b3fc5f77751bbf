import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, int, none, type Row } from '../support/againstLoop.ts';

const shapeOfRank = (rank: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: rank, maxLength: rank });

/** Operations that exist once for each rank. */
const ofRank = (
  rank: number,
  name: string,
  f: (x: tf.Tensor, shape: readonly number[]) => tf.Tensor,
): Row => ({
  name,
  gradient: everywhere,
  draw: shapeOfRank(rank).map((shape) => ({ args: [float(shape)], f: (x) => f(x!, shape) })),
});

const joined = (
  rank: number,
  name: string,
  concat: (all: readonly tf.Tensor[], axis: number) => tf.Tensor,
): Row => ({
  name,
  gradient: everywhere,
  draw: shapeOfRank(rank).map((shape) => ({
    args: [float(shape), float(shape)],
    f: (...all) => concat(all, rank - 1),
  })),
});

type Pair = [number, number];
const around: Pair = [1, 2];

/** Operations that exist once for each rank, and others that put shapes together. */
export const ranks: readonly Row[] = [
  joined(1, 'concat1d', (all) => tf.concat1d(all as tf.Tensor1D[])),
  joined(2, 'concat2d', (all, axis) => tf.concat2d(all as tf.Tensor2D[], axis)),
  joined(3, 'concat3d', (all, axis) => tf.concat3d(all as tf.Tensor3D[], axis)),
  joined(4, 'concat4d', (all, axis) => tf.concat4d(all as tf.Tensor4D[], axis)),
  ofRank(1, 'pad1d', (x) => tf.pad1d(x as tf.Tensor1D, around, 5)),
  ofRank(2, 'pad2d', (x) => tf.pad2d(x as tf.Tensor2D, [around, around])),
  ofRank(3, 'pad3d', (x) => tf.pad3d(x as tf.Tensor3D, [around, around, around])),
  ofRank(4, 'pad4d', (x) => tf.pad4d(x as tf.Tensor4D, [around, around, around, around])),
  ofRank(1, 'reverse1d', (x) => tf.reverse1d(x as tf.Tensor1D)),
  ofRank(2, 'reverse2d', (x) => tf.reverse2d(x as tf.Tensor2D, [0])),
  ofRank(3, 'reverse3d', (x) => tf.reverse3d(x as tf.Tensor3D, [0, -1])),
  ofRank(4, 'reverse4d', (x) => tf.reverse4d(x as tf.Tensor4D)),
  ofRank(1, 'slice1d', (x, [n]) => tf.slice1d(x as tf.Tensor1D, n! - 1, 1)),
  ofRank(2, 'slice2d', (x, [n]) => tf.slice2d(x as tf.Tensor2D, [n! - 1, 0], [1, 1])),
  ofRank(3, 'slice3d', (x, [n]) => tf.slice3d(x as tf.Tensor3D, [n! - 1, 0, 0], [1, 1, -1])),
  ofRank(4, 'slice4d', (x, [n]) => tf.slice4d(x as tf.Tensor4D, [n! - 1, 0, 0, 0], [1, 1, 1, 1])),
  {
    name: 'diag',
    gradient: none,
    draw: fc
      .integer({ min: 0, max: 2 })
      .chain(shapeOfRank)
      .map((shape) => ({ args: [float(shape)], f: (x) => tf.diag(x!) })),
  },
  {
    name: 'meshgrid',
    gradient: everywhere,
    draw: fc.constantFrom('xy', 'ij').map((order) => ({
      args: [float([2]), float([3])],
      f: (x, y) => tf.meshgrid(x, y, { indexing: order }) as tf.Tensor[],
    })),
  },
  {
    name: 'broadcastArgs',
    gradient: none,
    draw: fc.constant({
      args: [int([3], 1, 4), int([2], 1, 2)],
      f: (a, b) => tf.broadcastArgs(a!, b!),
    }),
  },
];
