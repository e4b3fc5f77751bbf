import * as tf from '@tensorflow/tfjs-core';
import type { Geometry } from '../convolutionGeometry.ts';
import { runKernel } from '../engine.ts';
import { gradientOf } from './gradientOf.ts';

/**
 * The names of kernels for convolutions of one, two and three axes, with groups, dilation and any padding, for many
 * samples at once that may each have filters and images of their own. A backend need not have them: plainConvolution.ts makes
 * the same numbers of plain operations. All tensors are float32, channels last, with the sample axis first, of size 1 where
 * samples share the tensor; their attributes are a `Geometry`.
 *
 * - `forward`: `x` [samples, batch, ...inputs, channels], `filter` [samples, ...taps, channels / groups, filters] and perhaps
 *   `bias` [samples, filters], which is not shared, to [samples, batch, ...outputs, filters]
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

const samplesOf = ({ shape }: tf.Tensor): number => shape[0]!;

/** The samples' batches one after the other, as the batch of a single sample. */
const asOneBatch = (x: tf.Tensor): tf.Tensor =>
  tf.reshape(x, [1, x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);

/** Filters that are shared by samples see those of all of them. */
const byFilter = (x: tf.Tensor, dy: tf.Tensor, geometry: Geometry, samples: number): tf.Tensor =>
  samples === 1 && samplesOf(x) === samplesOf(dy)
    ? runKernel(convolutionKernels.byFilter, { x: asOneBatch(x), dy: asOneBatch(dy) }, geometry)
    : shared(runKernel(convolutionKernels.byFilter, { x, dy }, geometry), samples);

/** The gradient of a tensor that has so many samples: summed, where they share it. */
const shared = (gradient: tf.Tensor, samples: number): tf.Tensor =>
  samples === 1 && samplesOf(gradient) > 1 ? tf.sum(gradient, 0, true) : gradient;

type Gradient = (
  dy: tf.Tensor,
  saved: readonly [tf.Tensor, tf.Tensor],
  geometry: Geometry,
) => Readonly<Record<string, () => tf.Tensor>>;

const config = (kernelName: string, inputsToSave: string[], gradient: Gradient): tf.GradConfig =>
  gradientOf<Geometry>({
    kernelName,
    inputsToSave,
    gradients: (dy, saved, geometry) => gradient(dy, saved as [tf.Tensor, tf.Tensor], geometry),
  });

/** The gradients of `convolutionKernels`: each of them is made of the other two. */
export const convolutionGradients: readonly tf.GradConfig[] = [
  config(convolutionKernels.forward, ['x', 'filter'], (dy, [x, filter], geometry) => ({
    x: () => shared(byInput(dy, filter, geometry), samplesOf(x)),
    filter: () => byFilter(x, dy, geometry, samplesOf(filter)),
    bias: () => tf.sum(dy, dy.shape.map((_, axis) => axis).slice(1, -1)),
  })),
  config(convolutionKernels.byInput, ['dy', 'filter'], (dx, [dy, filter], geometry) => ({
    dy: () => shared(forward(dx, filter, geometry), samplesOf(dy)),
    filter: () => byFilter(dx, dy, geometry, samplesOf(filter)),
  })),
  config(convolutionKernels.byFilter, ['x', 'dy'], (df, [x, dy], geometry) => ({
    x: () => shared(byInput(dy, df, geometry), samplesOf(x)),
    dy: () => shared(forward(x, df, geometry), samplesOf(dy)),
  })),
];
