import * as tf from '@tensorflow/tfjs-core';
import { type Geometry, volume } from '../backend/convolutionGeometry.ts';
import { convolve } from '../backend/convolve.ts';
import { misuse, optionalOptions } from '../check/index.ts';
import { batchedInput } from './batchedInput.ts';
import {
  type AnySize,
  type ConvolutionOptions,
  type ConvolutionPlan,
  convolutionOptionNames,
  convolutionPlan,
} from './convolutionOptions.ts';
import { affine } from './layer.ts';
import { pad } from './padding.ts';
import type { Layer } from './part.ts';
import type { Unary } from './sequential.ts';
import { weightAndBias } from './variable.ts';

const geometryOf = (plan: ConvolutionPlan, x: tf.Tensor): Geometry => {
  const { name, kernel, stride, dilation, pads, groups, paddingMode } = plan;
  const sizes = x.shape.slice(1, -1);
  // Other than zeros has been put there already.
  const own = pads.map((each) => (paddingMode === 'zeros' ? each : ([0, 0] as const)));
  const whole = sizes.map((size, axis) => size + own[axis]![0] + own[axis]![1]);
  const reach = kernel.map((taps, axis) => (taps - 1) * dilation[axis]! + 1);
  if (whole.some((size, axis) => size < reach[axis]!))
    misuse(
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

/** The convolution of one batch, with what its padding mode puts on its sides. */
const convolved =
  (plan: ConvolutionPlan, weight: tf.Tensor, bias: tf.Tensor | undefined) =>
  (x: tf.Tensor): tf.Tensor => {
    const { name, paddingMode, pads, kernel, inChannels, outChannels, groups } = plan;
    const padded = paddingMode === 'zeros' ? x : pad(`${name}: input`, x, pads, paddingMode);
    const geometry = geometryOf(plan, padded);
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
 * @throws Error naming the argument that breaks a rule of PyTorch's
 * @example
 * const layer = convolution('conv2d', 2, 1, 16, 3, { padding: 1 });
 */
export const convolution = (
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
