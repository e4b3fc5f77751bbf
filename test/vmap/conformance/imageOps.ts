import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { everywhere, float, int, none, notOnWasm, notOnWebgpu, type Row } from '../support/againstLoop.ts';

const few = fc.integer({ min: 1, max: 2 });

const images = (
  name: string,
  f: (x: tf.Tensor4D) => tf.Tensor,
  options: Partial<Row> = {},
  channels: fc.Arbitrary<number> = fc.integer({ min: 1, max: 3 }),
): Row => ({
  name,
  gradient: none,
  draw: fc.tuple(few, channels).map(([batch, count]) => ({
    args: [float([batch, 4, 4, count], 0, 1)],
    f: (x) => f(x as tf.Tensor4D),
  })),
  ...options,
});

const colours = fc.constant(3);

/** The corners of boxes, from two numbers between 0 and 1 for each side. */
const makeBoxes = (x: tf.Tensor): tf.Tensor2D =>
  tf.concat([tf.mul(x, 0.4), tf.add(tf.mul(x, 0.4), 0.5)], 1) as tf.Tensor2D;

/** Operations on images. */
export const imageOps: readonly Row[] = [
  images('image.resizeBilinear', (x) => tf.image.resizeBilinear(x, [3, 5]), { gradient: everywhere }),
  images('image.resizeBilinear with half pixels', (x) => tf.image.resizeBilinear(x, [6, 2], false, true), {
    gradient: everywhere,
  }),
  // The cpu kernel of its gradient is wrong for all but the first of a batch, inside vmap as outside.
  images('image.resizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(x, [3, 5]), {
    gradient: everywhere,
  }),
  images('image.resizeNearestNeighbor, aligned', (x) => tf.image.resizeNearestNeighbor(x, [3, 5], true), {
    gradient: everywhere,
  }),
  images('image.flipLeftRight', (x) => tf.image.flipLeftRight(x)),
  images('image.rotateWithOffset', (x) => tf.image.rotateWithOffset(x, 0.3)),
  images(
    'image.rotateWithOffset with a colour',
    (x) => tf.image.rotateWithOffset(x, 0.7, [1, 2, 3]),
    {},
    colours,
  ),
  images('image.grayscaleToRGB', (x) => tf.image.grayscaleToRGB(x), { gradient: everywhere }, fc.constant(1)),
  images('image.rgbToGrayscale', (x) => tf.image.rgbToGrayscale(x), { only: notOnWasm }, colours),
  {
    name: 'image.threshold',
    gradient: none,
    draw: fc.constantFrom(1, 3).map((channels) => ({
      args: [int([3, 4, channels], 0, 256)],
      f: (x) =>
        tf.image.threshold(tf.slice(x!, [0, 0, 0], [3, 4, 1]) as tf.Tensor3D, 'binary', channels === 3, 0.4),
    })),
  },
  {
    // On wasm tfjs counts the rows of the image apart, and then fails; on a GPU it is thousands of programs.
    name: "image.threshold by Otsu's method",
    gradient: none,
    only: ['cpu'],
    runs: 1,
    draw: fc.constant({
      args: [int([3, 4, 1], 0, 256)],
      f: (x) => tf.image.threshold(x as tf.Tensor3D, 'otsu'),
    }),
  },
  {
    name: 'image.transform',
    gradient: none,
    draw: fc
      .record({
        method: fc.constantFrom('nearest' as const, 'bilinear' as const),
        fill: fc.constantFrom('constant' as const, 'reflect' as const, 'wrap' as const, 'nearest' as const),
        output: fc.constantFrom<[number, number] | undefined>(undefined, [2, 5]),
      })
      .map(({ method, fill, output }) => ({
        // Of one image: tfjs's cpu kernel leaves out the others of a batch.
        args: [float([1, 4, 4, 2]), float([1, 8], -0.1, 1)],
        f: (x, transforms) =>
          tf.image.transform(x as tf.Tensor4D, transforms as tf.Tensor2D, method, fill, 3, output),
      })),
  },
  {
    name: 'image.cropAndResize',
    gradient: none,
    draw: fc.tuple(few, fc.constantFrom('nearest' as const, 'bilinear' as const)).map(([batch, method]) => ({
      args: [float([batch, 5, 4, 2]), float([3, 2], 0, 1), int([3], 0, batch)],
      f: (x, corners, numbers) =>
        tf.image.cropAndResize(
          x as tf.Tensor4D,
          makeBoxes(corners!),
          numbers as tf.Tensor1D,
          [3, 2],
          method,
          -1,
        ),
    })),
  },
  {
    // On wasm and webgpu the crops of such boxes are left as they were.
    name: 'image.cropAndResize with boxes of no image',
    gradient: none,
    only: ['cpu'],
    draw: few.map((batch) => ({
      args: [float([batch, 5, 4, 2]), float([3, 2], 0, 1), int([3], 0, batch + 2)],
      f: (x, corners, numbers) =>
        tf.image.cropAndResize(x as tf.Tensor4D, makeBoxes(corners!), numbers as tf.Tensor1D, [3, 2]),
    })),
  },
  {
    name: 'image.nonMaxSuppressionPadded',
    gradient: none,
    only: notOnWebgpu,
    draw: few.map((count) => ({
      args: [float([4, 2], 0, 1), float([4], 0, 1)],
      f: (corners, scores) => {
        const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(
          makeBoxes(corners!),
          scores as tf.Tensor1D,
          count,
          0.4,
          0.1,
          true,
        ) as unknown as { readonly selectedIndices: tf.Tensor; readonly validOutputs: tf.Tensor };
        return [selectedIndices, validOutputs];
      },
    })),
  },
];
