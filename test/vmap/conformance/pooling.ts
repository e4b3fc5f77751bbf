import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { both, float, none, type Row } from '../support/againstLoop.ts';

const images = (name: string, f: (x: tf.Tensor4D) => tf.Tensor | readonly tf.Tensor[]): Row => ({
  name,
  gradient: both,
  draw: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })).map(([batch, channels]) => ({
    // Positive: tfjs's wasm kernels find no maximum below zero.
    args: [float([batch, 4, 4, channels], 0, 1)],
    f: (x) => f(x as tf.Tensor4D),
  })),
});

const volumes = (name: string, f: (x: tf.Tensor5D) => tf.Tensor): Row => ({
  name,
  gradient: both,
  draw: fc.integer({ min: 1, max: 2 }).map((batch) => ({
    args: [float([batch, 2, 3, 3, 2], 0, 1)],
    f: (x) => f(x as tf.Tensor5D),
  })),
});

/** Batch normalisation of a tensor of some rank, with and without an offset and a scale. */
const normalised = (
  name: string,
  rank: number,
  norm: (...args: (tf.Tensor | undefined)[]) => tf.Tensor,
): Row => ({
  name,
  // A scale of ones would do, but tfjs's gradient asks for a scale.
  gradient: none,
  why: 'without a scale it throws; with one it is compared in the next row',
  draw: fc.constantFrom(true, false).map((affine) => ({
    args: [
      float([...[2, 3, 2].slice(0, rank - 1), 4]),
      float([4]),
      float([4], 0.5, 2),
      float([4]),
      float([4]),
    ],
    f: (x, mean, variance, offset, scale) =>
      tf.add(
        norm(x, mean, variance, affine ? offset : undefined, affine ? scale : undefined),
        tf.mul(0, tf.add(offset!, scale!)),
      ),
  })),
});

/** Pooling, normalisation over a batch, and other operations that treat the items of a batch one by one. */
export const pooling: readonly Row[] = [
  images('maxPool', (x) => tf.maxPool(x, 2, 2, 'same')),
  images('avgPool', (x) => tf.avgPool(x, 3, 1, 'valid')),
  images('avgPool with explicit paddings', (x) =>
    tf.avgPool(x, 2, 2, [
      [0, 0],
      [1, 1],
      [0, 0],
      [0, 0],
    ]),
  ),
  images('pool with dilations', (x) => tf.pool(x, 2, 'avg', 'valid', 2)),
  {
    ...images('maxPoolWithArgmax', (x) => Object.values(tf.maxPoolWithArgmax(x, 2, 2, 'same'))),
    gradient: none,
  },
  {
    ...images('maxPoolWithArgmax counting the batch', (x) =>
      Object.values(tf.maxPoolWithArgmax(x, 2, 2, 'same', true)),
    ),
    gradient: none,
  },
  {
    ...images('depthToSpace', (x) => tf.depthToSpace(tf.concat([x, x, x, x], 3), 2, 'NHWC')),
    gradient: none,
  },
  {
    ...images('localResponseNormalization', (x) => tf.localResponseNormalization(x, 2)),
    gradient: ['cpu'],
    why: 'wasm has no kernel for it',
  },
  volumes('maxPool3d', (x) => tf.maxPool3d(x, 2, 1, 'same')),
  volumes('avgPool3d', (x) => tf.avgPool3d(x, 2, 1, 'valid')),
  normalised('batchNorm', 3, (x, ...rest) => tf.batchNorm(x!, ...(rest as [tf.Tensor1D, tf.Tensor1D]))),
  normalised('batchNorm2d', 2, (x, ...rest) =>
    tf.batchNorm2d(x as tf.Tensor2D, ...(rest as [tf.Tensor1D, tf.Tensor1D])),
  ),
  normalised('batchNorm3d', 3, (x, ...rest) =>
    tf.batchNorm3d(x as tf.Tensor3D, ...(rest as [tf.Tensor1D, tf.Tensor1D])),
  ),
  normalised('batchNorm4d', 4, (x, ...rest) =>
    tf.batchNorm4d(x as tf.Tensor4D, ...(rest as [tf.Tensor1D, tf.Tensor1D])),
  ),
  {
    name: 'batchNorm with a scale',
    gradient: both,
    draw: fc.constant({
      args: [float([2, 3, 4]), float([4]), float([4], 0.5, 2), float([4])],
      f: (x, mean, variance, scale) =>
        tf.batchNorm(
          x!,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          mean as tf.Tensor1D,
          scale as tf.Tensor1D,
        ),
    }),
  },
];
