import * as tf from '@tensorflow/tfjs-core';
import type { Geometry } from './convolutionGeometry.ts';
import { runKernel } from './engine.ts';
import { convolutionKernels } from './gradients/convolution.ts';
import { plainConvolution, plainTransposed } from './plainConvolution.ts';
import { hasKernel } from './registry.ts';

/** Whether the backend has `convolutionKernels` for these tensors. */
export const convolves = (...tensors: readonly tf.Tensor[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32') && hasKernel(convolutionKernels.forward);

/** Runs one of `convolutionKernels` on tensors without a sample axis. */
const run = (kernel: string, inputs: tf.NamedTensorMap, geometry: Geometry): tf.Tensor => {
  const given = Object.entries(inputs).map(([name, x]) => [name, tf.reshape(x, [1, ...x.shape])] as const);
  const result = runKernel(kernel, Object.fromEntries(given), geometry);
  return tf.reshape(result, result.shape.slice(1));
};

/**
 * A convolution of one, two or three axes. Only this function chooses between a kernel and plain operations.
 *
 * @param x of shape [batch, ...inputs, channels]
 * @param filter of shape [...taps, channels / groups, filters]
 * @param bias of shape [filters]
 * @returns [batch, ...outputs, filters]
 * @example
 * const y = convolve(x, filter, undefined, geometry);
 */
export const convolve = (
  x: tf.Tensor,
  filter: tf.Tensor,
  bias: tf.Tensor | undefined,
  geometry: Geometry,
): tf.Tensor => {
  const inputs = { x, filter, ...(bias ? { bias } : {}) };
  if (convolves(...Object.values(inputs))) return run(convolutionKernels.forward, inputs, geometry);
  const product = plainConvolution(x, filter, geometry);
  return bias ? tf.add(product, bias) : product;
};

/**
 * The adjoint of `convolve`, without bias: a transposed convolution.
 *
 * @param dy of shape [batch, ...outputs, filters]
 * @param filter of shape [...taps, channels / groups, filters]
 * @returns [batch, ...inputs, channels]
 * @example
 * const x = convolveTransposed(y, filter, geometry);
 */
export const convolveTransposed = (dy: tf.Tensor, filter: tf.Tensor, geometry: Geometry): tf.Tensor =>
  convolves(dy, filter)
    ? run(convolutionKernels.byInput, { dy, filter }, geometry)
    : plainTransposed(dy, filter, geometry);
