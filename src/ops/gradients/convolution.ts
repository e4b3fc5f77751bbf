import * as tf from '@tensorflow/tfjs-core';
import type { Geometry } from '../convolutionGeometry.ts';
import { runKernel } from '../engine.ts';
import { kernelGradient } from './kernelGradient.ts';

/**
 * The names of kernels for convolutions of one, two and three axes, with groups, dilation and any padding, for many
 * samples at once, each with or without its own filters and images. A backend may lack them: plainConvolution.ts
 * computes the same in plain operations. All tensors are float32, channels last, with the sample axis first, of size 1
 * where samples share the tensor; the attributes are a `Geometry`.
 *
 * - `forward`: `x` [samples, batch, ...inputs, channels], `filter` [samples, ...taps, channels / groups, filters] and
 *   optionally `bias` [samples, filters], which is not shared, to [samples, batch, ...outputs, filters]
 * - `byInput`: `dy` [samples, batch, ...outputs, filters] and `filter` to [samples, batch, ...inputs, channels]
 * - `byFilter`: `x` and `dy` to [samples, ...taps, channels / groups, filters]
 */
export const convolutionKernels = {
  forward: 'TfjsBayesianConvolution',
  byInput: 'TfjsBayesianConvolutionByInput',
  byFilter: 'TfjsBayesianConvolutionByFilter',
} as const;

const forward = (x: tf.Tensor, filter: tf.Tensor, geometry: Geometry): tf.Tensor =>
  runKernel(convolutionKernels.forward, { x, filter }, geometry);

const byInput = (dy: tf.Tensor, filter: tf.Tensor, geometry: Geometry): tf.Tensor =>
  runKernel(convolutionKernels.byInput, { dy, filter }, geometry);

const sampleCount = ({ shape }: tf.Tensor): number => shape[0]!;

/** Concatenates the samples' batches to the batch of a single sample. */
const asOneBatch = (x: tf.Tensor): tf.Tensor =>
  tf.reshape(x, [1, x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);

/** The gradient of the filters. If the samples share everything, their batches are merged into one. */
const byFilter = (x: tf.Tensor, dy: tf.Tensor, geometry: Geometry, samples: number): tf.Tensor =>
  samples === 1 && sampleCount(x) === sampleCount(dy)
    ? runKernel(convolutionKernels.byFilter, { x: asOneBatch(x), dy: asOneBatch(dy) }, geometry)
    : shared(runKernel(convolutionKernels.byFilter, { x, dy }, geometry), samples);

/** The gradient of a tensor with this many samples, summed over them if they share it. */
const shared = (gradient: tf.Tensor, samples: number): tf.Tensor =>
  samples === 1 && sampleCount(gradient) > 1 ? tf.sum(gradient, 0, true) : gradient;

type Gradient = (
  dy: tf.Tensor,
  saved: readonly [tf.Tensor, tf.Tensor],
  geometry: Geometry,
) => Readonly<Record<string, () => tf.Tensor>>;

const config = (kernelName: string, inputsToSave: string[], gradient: Gradient): tf.GradConfig =>
  kernelGradient<Geometry>({
    kernelName,
    inputsToSave,
    gradients: (dy, saved, geometry) => gradient(dy, saved as [tf.Tensor, tf.Tensor], geometry),
  });

/** The gradients of `convolutionKernels`: each uses the other two. */
export const convolutionGradients: readonly tf.GradConfig[] = [
  config(convolutionKernels.forward, ['x', 'filter'], (dy, [x, filter], geometry) => ({
    x: () => shared(byInput(dy, filter, geometry), sampleCount(x)),
    filter: () => byFilter(x, dy, geometry, sampleCount(filter)),
    bias: () => tf.sum(dy, dy.shape.map((_, axis) => axis).slice(1, -1)),
  })),
  config(convolutionKernels.byInput, ['dy', 'filter'], (dx, [dy, filter], geometry) => ({
    dy: () => shared(forward(dx, filter, geometry), sampleCount(dy)),
    filter: () => byFilter(dx, dy, geometry, sampleCount(filter)),
  })),
  config(convolutionKernels.byFilter, ['x', 'dy'], (df, [x, dy], geometry) => ({
    x: () => shared(byInput(dy, df, geometry), sampleCount(x)),
    dy: () => shared(forward(x, df, geometry), sampleCount(dy)),
  })),
];
