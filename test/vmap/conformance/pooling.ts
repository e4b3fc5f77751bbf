import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Backend } from '../../support/backends.ts';
import { both, describeRules, float, none, type Row } from '../support/againstLoop.ts';

const cpu = ['cpu'] as const;

const images = (
  name: string,
  f: (x: tf.Tensor4D) => tf.Tensor,
  gradient: readonly Backend[] = both,
): Row => ({
  name,
  gradient,
  draw: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })).map(([batch, channels]) => ({
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

describeRules('rules of kernels that treat the items of a batch one by one', [
  images('maxPool', (x) => tf.maxPool(x, 2, 2, 'same')),
  images('avgPool', (x) => tf.avgPool(x, 3, 1, 'valid')),
  images('pool with dilations', (x) => tf.pool(x, 2, 'avg', 'valid', 2)),
  images('maxPoolWithArgmax', (x) => tf.maxPoolWithArgmax(x, 2, 2, 'same').indexes!, none),
  images('maxPoolWithArgmax of the batch', (x) => tf.maxPoolWithArgmax(x, 2, 2, 'same', true).result!, none),
  images('resizeBilinear', (x) => tf.image.resizeBilinear(x, [3, 5])),
  // The cpu kernel of the gradient is wrong for all but the first of a batch.
  images('resizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(x, [3, 5]), ['wasm']),
  images('flipLeftRight', (x) => tf.image.flipLeftRight(x), none),
  images('rotateWithOffset', (x) => tf.image.rotateWithOffset(x, 0.3), none),
  images('depthToSpace', (x) => tf.depthToSpace(tf.concat([x, x, x, x], 3), 2, 'NHWC'), none),
  images('localResponseNormalization', (x) => tf.localResponseNormalization(x, 2), cpu),
  volumes('maxPool3d', (x) => tf.maxPool3d(x, 2, 1, 'same')),
  volumes('avgPool3d', (x) => tf.avgPool3d(x, 2, 1, 'valid')),
  {
    name: 'MaxPoolGrad and AvgPoolGrad',
    gradient: none,
    draw: fc.constant({
      // Positive inputs: the wasm kernel finds no maximum below zero.
      args: [float([1, 4, 4, 2], 0, 1), float([1, 2, 2, 2])],
      f: (x, dy) => {
        const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
        const output = tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
        return [
          tf.engine().runKernel<tf.Tensor>('MaxPoolGrad', { dy: dy!, input: x!, output }, attrs),
          tf.engine().runKernel<tf.Tensor>('AvgPoolGrad', { dy: dy!, input: x! }, attrs),
        ];
      },
    }),
  },
  {
    name: 'batchNorm',
    // tfjs's gradient needs a scale.
    gradient: none,
    draw: fc.constantFrom(true, false).map((affine) => ({
      args: [float([2, 3, 4]), float([4]), float([4], 0.5, 2), float([4]), float([4])],
      f: (x, mean, variance, offset, scale) =>
        tf.add(
          tf.batchNorm(
            x!,
            mean as tf.Tensor1D,
            variance as tf.Tensor1D,
            ...(affine ? [offset as tf.Tensor1D, scale as tf.Tensor1D] : []),
          ),
          tf.mul(0, tf.add(offset!, scale!)),
        ),
    })),
  },
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
  {
    name: 'searchSorted',
    gradient: none,
    draw: fc.constant({
      args: [float([2, 3], 0, 1), float([2, 4], 0, 3)],
      f: (steps, values) => tf.lowerBound(tf.cumsum(steps!, 1), values!),
    }),
  },
  {
    // No complex kernels on wasm.
    name: 'fft',
    gradient: none,
    only: ['cpu'],
    draw: fc.constant({
      args: [float([2, 4]), float([2, 4])],
      f: (re, im) => tf.real(tf.fft(tf.complex(re!, im!))),
    }),
  },
]);
