import * as tf from '@tensorflow/tfjs-core';
import { padsOfVolume } from '../convolutionGeometry.ts';
import { runKernel } from '../engine.ts';
import { hasKernel } from '../registry.ts';
import { alongAxis, matrixFromFunction } from './alongAxis.ts';
import { kernelGradient } from './kernelGradient.ts';
import { isDifferentiatedAgain } from './savedOutput.ts';
import { inputRegion, type Window } from './windows.ts';

type Plane = Parameters<typeof tf.backend_util.computePool2DInfo>;
type Volume = Parameters<typeof tf.backend_util.computePool3DInfo>;

interface Attrs<Size, Pad> {
  readonly filterSize: Size;
  readonly strides: Size;
  readonly pad: Pad;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Windows<A, W = readonly Window[]> = (shape: readonly number[], attrs: A) => W;

type Two = readonly [Window, Window];
type Three = readonly [Window, Window, Window];

type PlaneAttrs = Attrs<Plane[1], Plane[4]>;
type VolumeAttrs = Attrs<Volume[1], Volume[4]>;

const planeWindows: Windows<PlaneAttrs, Two> = (shape, { filterSize, strides, pad, dimRoundingMode }) => {
  const { padInfo, ...info } = tf.backend_util.computePool2DInfo(
    shape as Plane[0],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return [
    { size: info.filterHeight, stride: info.strideHeight, before: padInfo.top },
    { size: info.filterWidth, stride: info.strideWidth, before: padInfo.left },
  ];
};

const volumeWindows: Windows<VolumeAttrs, Three> = (shape, { filterSize, strides, pad, dimRoundingMode }) => {
  const info = tf.backend_util.computePool3DInfo(
    shape as Volume[0],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const [front, top, left] = padsOfVolume(info);
  return [
    { size: info.filterDepth, stride: info.strideDepth, before: front },
    { size: info.filterHeight, stride: info.strideHeight, before: top },
    { size: info.filterWidth, stride: info.strideWidth, before: left },
  ];
};

/** A matrix that takes the mean of each window along an axis; padding does not count. */
const means = (length: number, count: number, { size, stride, before }: Window): tf.Tensor2D =>
  matrixFromFunction(count, length, (row, column) => {
    const start = row * stride - before;
    const [from, to] = [Math.max(start, 0), Math.min(start + size, length)];
    return column >= from && column < to ? 1 / (to - from) : 0;
  });

/**
 * The name of a kernel of the gradient of average pooling of images, in which padding does not count. It takes `dy`
 * [batch, rows, columns, channels] in float32; its attributes are `AvgPoolGradientAttributes`. A backend may lack it:
 * `avgPoolGradient` then computes the same in plain operations.
 */
export const avgPoolGradientKernel = 'TfjsBayesianAvgPoolGradient';

/** The attributes of the kernel. */
export interface AvgPoolGradientAttributes {
  /** The shape of the images. */
  readonly inputShape: readonly number[];
  /** The windows down and across. */
  readonly windows: Two;
}

/**
 * The gradient of average pooling in plain operations, one axis after the other. TensorFlow.js's own divides by the size of
 * the whole window where part of it is padding.
 */
const plainAverages = (dy: tf.Tensor, shape: readonly number[], windows: readonly Window[]): tf.Tensor =>
  windows.reduce((gradient: tf.Tensor, window, at) => {
    const axis = at + 1;
    if (window.size === 1 && window.stride === 1 && window.before === 0) return gradient;
    return alongAxis(gradient, axis, means(shape[axis]!, gradient.shape[axis]!, window), true);
  }, tf.clone(dy));

/** The gradient of average pooling of images. Only this function chooses between a kernel and plain operations. */
const avgPoolGradient = (dy: tf.Tensor, shape: readonly number[], windows: Two): tf.Tensor =>
  dy.dtype === 'float32' && !isDifferentiatedAgain() && hasKernel(avgPoolGradientKernel)
    ? runKernel(avgPoolGradientKernel, { dy }, { inputShape: shape, windows })
    : plainAverages(dy, shape, windows);

const avgPool = kernelGradient<PlaneAttrs>({
  kernelName: tf.AvgPool,
  inputsToSave: ['x'],
  gradients: (dy, [x], attrs) => ({ x: () => avgPoolGradient(dy, x!.shape, planeWindows(x!.shape, attrs)) }),
});

const avgPool3D = kernelGradient<VolumeAttrs>({
  kernelName: tf.AvgPool3D,
  inputsToSave: ['x'],
  gradients: (dy, [x], attrs) => ({ x: () => plainAverages(dy, x!.shape, volumeWindows(x!.shape, attrs)) }),
});

interface Maxima {
  readonly maxima: tf.Tensor;
  /** The gradient of the input, given that of the maxima. */
  readonly back: (dy: tf.Tensor) => tf.Tensor;
}

/** Max pooling of images without padding. */
const maxPoolImages = (images: tf.Tensor, [rows, columns]: Two): Maxima => {
  const filterSize: [number, number] = [rows.size, columns.size];
  const strides: [number, number] = [rows.stride, columns.stride];
  const maxima = tf.maxPool(images as tf.Tensor4D, filterSize, strides, 'valid');
  return {
    maxima,
    back: (dy) =>
      tf
        .engine()
        .runKernel(
          tf.MaxPoolGrad,
          { dy, input: images, output: maxima },
          { filterSize, strides, pad: 'valid' },
        ),
  };
};

const still: Window = { size: 1, stride: 1, before: 0 };

/** Max pooling of volumes without padding: over planes first, then along the depth. */
const maxPoolVolumes = (x: tf.Tensor, [deep, ...flat]: Three): Maxima => {
  const [batch, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const planes = maxPoolImages(tf.reshape(x, [batch * depth, height, width, channels]), flat);
  const [, rows, columns] = planes.maxima.shape as [number, number, number];
  const whole = maxPoolImages(tf.reshape(planes.maxima, [batch, depth, rows * columns, channels]), [
    deep,
    still,
  ]);
  return {
    maxima: tf.reshape(whole.maxima, [batch, whole.maxima.shape[1]!, rows, columns, channels]),
    back: (dy) => {
      const ofPlanes = whole.back(tf.reshape(dy, whole.maxima.shape));
      return tf.reshape(planes.back(tf.reshape(ofPlanes, planes.maxima.shape)), x.shape);
    },
  };
};

/** The gradient of max pooling with padding, which counts as -Infinity. */
const throughPadding = (
  x: tf.Tensor,
  dy: tf.Tensor,
  windows: readonly Window[],
  maxima: (x: tf.Tensor) => Maxima,
): tf.Tensor => {
  const { region, back } = inputRegion(x, windows, dy.shape.slice(1, -1), 1, Number.NEGATIVE_INFINITY);
  return back(maxima(region).back(dy));
};

/** The gradient of `tf.maxPool`. TensorFlow.js's own ignores how numeric padding was rounded. */
const maxPool = kernelGradient<PlaneAttrs>({
  kernelName: tf.MaxPool,
  inputsToSave: ['x'],
  outputsToSave: [true],
  gradients: (dy, [x, y], attrs) => ({
    x: () => {
      const { filterSize, strides, pad } = attrs;
      if (typeof pad === 'string')
        return tf
          .engine()
          .runKernel(tf.MaxPoolGrad, { dy, input: x!, output: y! }, { filterSize, strides, pad });
      const windows = planeWindows(x!.shape, attrs);
      return throughPadding(x!, dy, windows, (images) => maxPoolImages(images, windows));
    },
  }),
});

/**
 * The gradient of `tf.maxPool3d`. TensorFlow.js's own goes to the wrong elements on cpu where a window is not square,
 * and to none on wasm where all elements of a window are negative.
 */
const maxPool3D = kernelGradient<VolumeAttrs>({
  kernelName: tf.MaxPool3D,
  inputsToSave: ['x'],
  gradients: (dy, [x], attrs) => ({
    x: () => {
      const windows = volumeWindows(x!.shape, attrs);
      return throughPadding(x!, dy, windows, (volumes) => maxPoolVolumes(volumes, windows));
    },
  }),
});

/** The gradients of pooling. */
export const poolingGradients: readonly tf.GradConfig[] = [avgPool, avgPool3D, maxPool, maxPool3D];
