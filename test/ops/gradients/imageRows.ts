import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { float, notOnWasm, type Row, withOurs } from '../../vmap/support/againstLoop.ts';
import { from1, row, upTo } from './row.ts';

type Rounding = 'floor' | 'round' | 'ceil';

const window = fc.record({
  height: fc.integer({ min: 2, max: 4 }),
  width: fc.integer({ min: 2, max: 4 }),
  strides: fc.tuple(from1(2), from1(2)),
});

/** Pooling, and other windows of images. */
export const pools: readonly Row[] = [
  ...(
    [
      ['avgPool', tf.avgPool],
      ['maxPool', tf.maxPool],
    ] as const
  ).flatMap(([name, pool]) => [
    row(
      `${name} with any window and stride`,
      fc
        .tuple(window, fc.constantFrom('valid' as const, 'same' as const))
        .map(([{ height, width, strides }, pad]) => ({
          args: [float([2, 4, 5, 2], 0.1, 1)],
          f: (x) => pool(x as tf.Tensor4D, [height, width], strides, pad),
        })),
    ),
    row(
      `${name} with a number of places as padding`,
      fc
        .tuple(window, upTo(1), fc.constantFrom<Rounding>('floor', 'round', 'ceil'))
        .map(([{ height, width, strides }, pad, rounding]) => ({
          args: [float([2, 4, 5, 2], 0.1, 1)],
          f: (x) => pool(x as tf.Tensor4D, [height, width], strides, pad, rounding),
        })),
    ),
  ]),
  ...(
    [
      ['avgPool3d', tf.avgPool3d],
      ['maxPool3d', tf.maxPool3d],
    ] as const
  ).flatMap(([name, pool]) => [
    row(
      `${name} with any window and stride`,
      fc
        .tuple(window, from1(2), fc.constantFrom('valid' as const, 'same' as const))
        .map(([{ height, width, strides }, depth, pad]) => ({
          args: [float([1, 3, 4, 4, 2])],
          f: (x) => pool(x as tf.Tensor5D, [depth, height, width], [1, ...strides], pad),
        })),
    ),
    row(
      `${name} with a number of places as padding`,
      window.map(({ height, width, strides }) => ({
        args: [float([1, 3, 4, 4, 2])],
        f: (x) => pool(x as tf.Tensor5D, [2, height, width], [1, ...strides], 1),
      })),
    ),
  ]),
  row(
    'localResponseNormalization with any attributes',
    fc.record({ radius: upTo(3), bias: from1(2), alpha: from1(2), beta: from1(2) }).map((drawn) => ({
      args: [float([1, 2, 2, 4])],
      f: (x) =>
        tf.localResponseNormalization(
          x as tf.Tensor4D,
          drawn.radius,
          drawn.bias,
          drawn.alpha / 2,
          drawn.beta / 2,
        ),
    })),
    notOnWasm,
  ),
  row(
    'dilation2d with any filter, stride and padding',
    fc
      .record({
        filter: fc.tuple(from1(3), from1(3)),
        strides: fc.tuple(from1(2), from1(2)),
        dilations: fc.tuple(from1(2), from1(2)),
        pad: fc.constantFrom('same' as const, 'valid' as const),
      })
      .map(({ filter, strides, dilations, pad }) => ({
        args: [float([2, 5, 6, 2]), float([...filter, 2])],
        f: (x, kernel) => tf.dilation2d(x as tf.Tensor4D, kernel as tf.Tensor3D, strides, pad, dilations),
      })),
  ),
];

/** Convolutions of images. */
export const convolutions: readonly Row[] = (
  [
    ['conv2d', tf.conv2d],
    ['depthwiseConv2d', tf.depthwiseConv2d],
  ] as const
).flatMap(([name, convolve]) => [
  row(
    `${name} with any filter, dilated or with strides`,
    fc
      .record({
        filter: fc.tuple(from1(3), from1(3)),
        strides: fc.constantFrom<[number, number]>([1, 1], [2, 1], [2, 2]),
        dilations: fc.constantFrom<[number, number]>([1, 1], [1, 2], [2, 2]),
        pad: fc.constantFrom('same' as const, 'valid' as const),
      })
      .map(({ filter, strides, dilations, pad }) => {
        const isDilated = dilations.some((each) => each > 1);
        return {
          args: [float([2, 5, 6, 2]), float([...filter, 2, 2])],
          f: (x, kernel) =>
            convolve(
              x as tf.Tensor4D,
              kernel as tf.Tensor4D,
              isDilated ? 1 : strides,
              pad,
              'NHWC',
              dilations,
            ),
        };
      }),
    withOurs,
  ),
  row(
    `${name} with a number of places as padding`,
    fc
      .record({
        size: from1(3),
        stride: from1(2),
        pad: upTo(2),
        rounding: fc.constantFrom<Rounding>('floor', 'round', 'ceil'),
      })
      .map(({ size, stride, pad, rounding }) => ({
        args: [float([2, 5, 6, 2]), float([size, size, 2, 2])],
        f: (x, kernel) => convolve(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, pad, 'NHWC', 1, rounding),
      })),
    withOurs,
  ),
]);

/** Resizing. */
export const images: readonly Row[] = (
  [
    ['resizeBilinear', tf.image.resizeBilinear],
    ['resizeNearestNeighbor', tf.image.resizeNearestNeighbor],
  ] as const
).map(([name, resize]) =>
  row(
    `image.${name} of several images, with every alignment`,
    fc
      .record({
        from: fc.tuple(from1(5), from1(5)),
        to: fc.tuple(from1(7), from1(7)),
        alignment: fc.constantFrom([false, false], [true, false], [false, true]),
      })
      .map(({ from, to, alignment: [corners, halfPixels] }) => ({
        args: [float([2, ...from, 2])],
        f: (x) => resize(x as tf.Tensor4D, to, corners, halfPixels),
      })),
  ),
);
