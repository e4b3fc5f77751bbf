import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, none, notOnWasm, type Row } from '../support/againstLoop.ts';

const images = (name: string, f: (x: tf.Tensor4D) => tf.Tensor | readonly tf.Tensor[]): Row => ({
  name,
  gradient: everywhere,
  draw: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })).map(([batch, channels]) => ({
    // Positive: tfjs's wasm kernels find no maximum below zero.
    args: [float([batch, 4, 4, channels], 0, 1)],
    f: (x) => f(x as tf.Tensor4D),
  })),
});

const volumes = (name: string, f: (x: tf.Tensor5D) => tf.Tensor): Row => ({
  name,
  gradient: everywhere,
  draw: fc.integer({ min: 1, max: 2 }).map((batch) => ({
    args: [float([batch, 2, 3, 3, 2], 0, 1)],
    f: (x) => f(x as tf.Tensor5D),
  })),
});

type Norm = (x: tf.Tensor, ...vectors: [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D?, tf.Tensor1D?]) => tf.Tensor;

/** Batch normalisation of a tensor of some rank. */
const normalised = (name: string, rank: number, norm: Norm): readonly Row[] =>
  [true, false].map((affine) => ({
    name: affine ? name : `${name} without a scale`,
    gradient: everywhere,
    draw: fc.constant({
      args: [
        float([...[2, 3, 2].slice(0, rank - 1), 4]),
        float([4]),
        float([4], 0.5, 2),
        ...(affine ? [float([4]), float([4])] : []),
      ],
      f: (x, ...vectors) => norm(x!, ...(vectors as [tf.Tensor1D, tf.Tensor1D])),
    }),
  }));

/** Pooling, normalisation over a batch, and other operations that treat the items of a batch one by one. */
export const pooling: readonly Row[] = [
  images('maxPool', (x) => tf.maxPool(x, 2, 2, 'same')),
  images('avgPool', (x) => tf.avgPool(x, 3, 1, 'valid')),
  images('avgPool with padding', (x) => tf.avgPool(x, 3, 1, 'same')),
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
    gradient: notOnWasm,
    why: 'the wasm backend has no kernel for it',
  },
  volumes('maxPool3d', (x) => tf.maxPool3d(x, 2, 1, 'same')),
  volumes('avgPool3d', (x) => tf.avgPool3d(x, 2, 1, 'valid')),
  volumes('avgPool3d with padding', (x) => tf.avgPool3d(x, 2, 2, 'same')),
  ...normalised('batchNorm', 3, tf.batchNorm),
  ...normalised('batchNorm2d', 2, (x, ...vectors) => tf.batchNorm2d(x as tf.Tensor2D, ...vectors)),
  ...normalised('batchNorm3d', 3, (x, ...vectors) => tf.batchNorm3d(x as tf.Tensor3D, ...vectors)),
  ...normalised('batchNorm4d', 4, (x, ...vectors) => tf.batchNorm4d(x as tf.Tensor4D, ...vectors)),
];
