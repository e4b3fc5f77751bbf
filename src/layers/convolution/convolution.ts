import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, optionalOptions } from '../../check/index.ts';
import { type Geometry, volume } from '../../ops/convolutionGeometry.ts';
import { convolve } from '../../ops/convolve.ts';
import { affine } from '../core/layer.ts';
import type { Layer, Only, Unary } from '../core/part.ts';
import { weightAndBias } from '../core/variable.ts';
import { batchedInput } from '../inputs.ts';
import {
  type AnySize,
  type ConvolutionOptions,
  type ConvolutionPlan,
  type ConvolutionWeightsOf,
  convolutionOptionNames,
  convolutionPlan,
} from './options.ts';
import { pad } from './padding.ts';

const convolutionGeometry = (plan: ConvolutionPlan, x: tf.Tensor): Geometry => {
  const { name, kernel, stride, dilation, pads, groups, paddingMode } = plan;
  const sizes = x.shape.slice(1, -1);
  // Other modes have been applied already.
  const own = pads.map((each) => (paddingMode === 'zeros' ? each : ([0, 0] as const)));
  const whole = sizes.map((size, axis) => size + own[axis]![0] + own[axis]![1]);
  const reach = kernel.map((taps, axis) => (taps - 1) * dilation[axis]! + 1);
  if (whole.some((size, axis) => size < reach[axis]!))
    invalidArgument(
      `${name}: input`,
      `at least as large as the dilated kernel, [${reach.join(', ')}], once padded to [${whole.join(', ')}]`,
      x,
    );
  return {
    inputs: volume(sizes, 1),
    outputs: volume(
      whole.map((size, axis) => Math.floor((size - reach[axis]!) / stride[axis]!) + 1),
      1,
    ),
    taps: volume(kernel, 1),
    strides: volume(stride, 1),
    dilations: volume(dilation, 1),
    pads: volume(
      own.map(([before]) => before),
      0,
    ),
    groups,
  };
};

/** A batched convolution with its padding mode. */
const convolved =
  (plan: ConvolutionPlan, weight: tf.Tensor, bias: tf.Tensor | undefined) =>
  (x: tf.Tensor): tf.Tensor => {
    const { name, paddingMode, pads, kernel, inChannels, outChannels, groups } = plan;
    const padded = paddingMode === 'zeros' ? x : pad(`${name}: input`, x, pads, paddingMode);
    const geometry = convolutionGeometry(plan, padded);
    const y = convolve(
      tf.reshape(padded, [x.shape[0]!, ...geometry.inputs, inChannels]),
      tf.reshape(weight, [...volume(kernel, 1), inChannels / groups, outChannels]),
      bias,
      geometry,
    );
    return tf.reshape(y, [x.shape[0]!, ...geometry.outputs.slice(3 - kernel.length), outChannels]);
  };

/**
 * A convolution over one, two or three axes; see `conv2d`.
 *
 * @throws Error naming the argument that breaks one of PyTorch's rules
 * @example
 * const layer = convolution('conv2d', 2, 1, 16, 3, { padding: 1 });
 */
const convolution = (
  name: string,
  axes: number,
  inChannels: number,
  outChannels: number,
  kernelSize: AnySize,
  given: ConvolutionOptions<AnySize> | undefined,
): Layer<never, Unary> => {
  const options = optionalOptions(name, given, convolutionOptionNames);
  const { stride, padding, dilation, groups, paddingMode, weight, bias, ...weights } = options;
  const plan = convolutionPlan(name, axes, inChannels, outChannels, kernelSize, options);
  const shape = [...plan.kernel, inChannels / plan.groups, outChannels];
  const on = (w: { readonly weight: tf.Tensor; readonly bias?: tf.Tensor }): Unary => {
    const f = convolved(plan, w.weight, w.bias);
    return (x) => batchedInput(`${name}: input`, axes, x, f, inChannels);
  };
  const spec = weightAndBias(name, shape, [outChannels], options);
  return affine(spec, on as never, { featureRank: axes + 1, ...weights }) as Layer<never, Unary>;
};

/** One number for all axes, or one for each. @inline */
type Size1d = number | readonly [length: number];

/** Options of `conv1d` and of its weights. */
export interface Conv1dOptions extends ConvolutionOptions<Size1d> {}

/**
 * A convolution of sequences: `[batch, length, in]` to `[batch, length, out]`, or the same without a batch axis.
 * Arguments follow PyTorch, and as there it is a cross-correlation. Layouts follow TensorFlow.js: the filter is
 * `[...kernel, in / groups, out]`. With as many groups as channels it is depthwise. The fan-in is `in / groups` times the
 * taps, the inputs of one output.
 *
 * @throws Error naming the argument that breaks one of PyTorch's rules: channels that `groups` does not divide,
 * `'same'` with a stride other than 1; when called, an input other than `[length, in]` with or without a
 * batch axis, smaller than the dilated kernel, or too small for reflection or circular padding
 * @example
 * const layer = conv1d(8, 16, 5, { padding: 'same', dilation: 2 });
 */
export const conv1d = <const O extends Conv1dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size1d,
  options?: Only<O, Conv1dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> =>
  convolution('conv1d', 1, inChannels, outChannels, kernelSize, options);

/** One number for all axes, or one for each. @inline */
type Size2d = number | readonly [height: number, width: number];

/** Options of `conv2d` and of its weights. */
export interface Conv2dOptions extends ConvolutionOptions<Size2d> {}

/**
 * A convolution of images: `[batch, height, width, in]` to `[batch, height, width, out]`, or the same without a batch axis.
 * Arguments follow PyTorch, and as there it is a cross-correlation. Layouts follow TensorFlow.js: the filter is
 * `[...kernel, in / groups, out]`. With as many groups as channels it is depthwise. The fan-in is `in / groups` times the
 * taps, the inputs of one output.
 *
 * @throws Error naming the argument that breaks one of PyTorch's rules: channels that `groups` does not divide,
 * `'same'` with a stride other than 1; when called, an input other than `[height, width, in]` with or without a
 * batch axis, smaller than the dilated kernel, or too small for reflection or circular padding
 * @example
 * const layer = conv2d(1, 16, 3, { padding: 'same' });
 */
export const conv2d = <const O extends Conv2dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size2d,
  options?: Only<O, Conv2dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> =>
  convolution('conv2d', 2, inChannels, outChannels, kernelSize, options);

/** One number for all axes, or one for each. @inline */
type Size3d = number | readonly [depth: number, height: number, width: number];

/** Options of `conv3d` and of its weights. */
export interface Conv3dOptions extends ConvolutionOptions<Size3d> {}

/**
 * A convolution of volumes: `[batch, depth, height, width, in]` to `[batch, depth, height, width, out]`, or the same
 * without a batch axis. Arguments follow PyTorch, and as there it is a cross-correlation. Layouts follow TensorFlow.js:
 * the filter is `[...kernel, in / groups, out]`. With as many groups as channels it is depthwise. The fan-in is
 * `in / groups` times the taps, the inputs of one output.
 *
 * @throws Error naming the argument that breaks one of PyTorch's rules: channels that `groups` does not divide,
 * `'same'` with a stride other than 1; when called, an input other than `[depth, height, width, in]` with or without a
 * batch axis, smaller than the dilated kernel, or too small for reflection or circular padding
 * @example
 * const layer = conv3d(1, 8, [1, 3, 3], { padding: 'same' });
 */
export const conv3d = <const O extends Conv3dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size3d,
  options?: Only<O, Conv3dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> =>
  convolution('conv3d', 3, inChannels, outChannels, kernelSize, options);
