import * as tf from '@tensorflow/tfjs-core';
import { alongAxis, matrixFromFunction } from './alongAxis.ts';
import { kernelGradient } from './kernelGradient.ts';

/**
 * The gradient of resizing, one axis after the other, from the kernel's own result for the rows of an identity matrix:
 * the kernel's rounding determines which pixels it reads. TensorFlow.js's own ignores half-pixel centres, and on cpu,
 * for nearest neighbours, all images but the first.
 */
const resize = (kernelName: string): tf.GradConfig => ({
  kernelName,
  inputsToSave: ['images'],
  gradFunc: (dy, [images], attrs) => ({
    images: () => {
      const along = (axis: 1 | 2): tf.Tensor2D => {
        const [before, after] = [images!.shape[axis]!, (dy as tf.Tensor).shape[axis]!];
        const ofAxis = (length: number): [number, number] => (axis === 1 ? [length, 1] : [1, length]);
        const unit = tf.reshape(tf.eye(before), [1, ...ofAxis(before), before]);
        const resized: tf.Tensor = tf
          .engine()
          .runKernel(kernelName, { images: unit }, { ...attrs, size: ofAxis(after) });
        return tf.reshape(resized, [after, before]);
      };
      return alongAxis(alongAxis(dy as tf.Tensor, 2, along(2), true), 1, along(1), true);
    },
  }),
});

interface DilationAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid';
  readonly dilations: number | [number, number];
}

/** A one-hot matrix: which element of an axis each window position reads; none for padding. */
const places = (
  length: number,
  count: number,
  {
    size,
    stride,
    before,
    dilation,
  }: { readonly size: number; readonly stride: number; readonly before: number; readonly dilation: number },
): tf.Tensor2D =>
  matrixFromFunction(count * size, length, (row, column) =>
    Math.floor(row / size) * stride + (row % size) * dilation - before === column ? 1 : 0,
  );

/**
 * The gradient of `tf.dilation2d`: it goes to the largest sum in each window, the first of equal ones. TensorFlow.js's
 * own is wrong on wasm.
 */
const dilation = kernelGradient<DilationAttrs>({
  kernelName: tf.Dilation2D,
  inputsToSave: ['x', 'filter'],
  gradients: (given, [x, filter], { strides, pad, dilations }) => {
    const dy = given as tf.Tensor4D;
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    const [rows, columns] = filter!.shape as [number, number, number];
    const [, outHeight, outWidth] = dy.shape;
    const { padInfo, ...info } = tf.backend_util.computeDilation2DInfo(
      [batch, height, width, channels],
      [rows, columns, channels],
      strides,
      pad,
      'NHWC',
      dilations,
    );
    const vertical = places(height, outHeight, {
      size: rows,
      stride: info.strideHeight,
      before: padInfo.top,
      dilation: info.dilationHeight,
    });
    const horizontal = places(width, outWidth, {
      size: columns,
      stride: info.strideWidth,
      before: padInfo.left,
      dilation: info.dilationWidth,
    });
    const apart = [batch, outHeight, rows, outWidth, columns, channels];
    const together = [batch, outHeight, outWidth, rows * columns, channels];
    const windows = (images: tf.Tensor): tf.Tensor => {
      const taken = alongAxis(alongAxis(images, 1, vertical), 2, horizontal);
      return tf.reshape(
        tf.transpose(
          tf.reshape(taken, [images.shape[0]!, ...apart.slice(1, 5), images.shape[3]!]),
          [0, 1, 3, 2, 4, 5],
        ),
        [images.shape[0]!, ...together.slice(1, 4), images.shape[3]!],
      );
    };
    const each = (): tf.Tensor => {
      const inside = windows(tf.ones([1, height, width, 1]));
      const sums = tf.add(windows(x!), tf.reshape(filter!, [rows * columns, channels]));
      const real = tf.where(
        tf.cast(tf.broadcastTo(inside, together), 'bool'),
        sums,
        tf.fill(together, Number.NEGATIVE_INFINITY),
      );
      const place = tf.expandDims(tf.argMax(real, 3), -1);
      const best = tf.cast(tf.equal(place, tf.range(0, rows * columns, 1, 'int32')), 'float32');
      return tf.mul(best, tf.expandDims(dy, -1));
    };
    return {
      x: () => {
        const parts = tf.reshape(tf.transpose(each(), [0, 1, 2, 4, 3]), [
          batch,
          outHeight,
          outWidth,
          rows,
          columns,
          channels,
        ]);
        const laid = tf.reshape(tf.transpose(parts, [0, 1, 3, 2, 4, 5]), [
          batch,
          outHeight * rows,
          outWidth * columns,
          channels,
        ]);
        return alongAxis(alongAxis(laid, 2, horizontal, true), 1, vertical, true);
      },
      filter: () => {
        const total = tf.sum(tf.reshape(each(), [-1, channels, rows * columns]), 0);
        return tf.reshape(tf.transpose(total), [rows, columns, channels]);
      },
    };
  },
});

/** The gradients of image kernels. */
export const imageGradients: readonly tf.GradConfig[] = [
  dilation,
  resize(tf.ResizeBilinear),
  resize(tf.ResizeNearestNeighbor),
];
