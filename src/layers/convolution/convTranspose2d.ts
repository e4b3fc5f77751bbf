import * as tf from '@tensorflow/tfjs-core';
import { invalidArgument, type OptionNames, optionalOptions } from '../../check/index.ts';
import { type Geometry, volume } from '../../ops/convolutionGeometry.ts';
import { convolveTransposed } from '../../ops/convolve.ts';
import { affine } from '../core/layer.ts';
import type { Unary } from '../core/part.ts';
import {
  type Layer,
  type Only,
  type VariableOptions,
  type WeightOptions,
  weightOptionNames,
} from '../core/part.ts';
import { weightAndBias } from '../core/variable.ts';
import { batchedInput } from '../inputs.ts';
import { type ConvolutionPlan, type ConvolutionWeightsOf, convolutionPlan, perAxis } from './options.ts';

/** One number for all axes, or one for each. @inline */
type Size = number | readonly [height: number, width: number];

/** Options of `convTranspose2d` and of its weights. A single number applies to both axes. */
export interface ConvTranspose2dOptions extends WeightOptions {
  /** The step between windows of the output; default 1. */
  readonly stride?: Size;
  /** Elements removed on both sides of the output; default 0. */
  readonly padding?: Size;
  /** Elements added at the end of the output, fewer than the stride or the dilation; default 0. */
  readonly outputPadding?: Size;
  /** The spacing of the kernel's taps; default 1. */
  readonly dilation?: Size;
  /** The number of independent groups of channels; default 1. */
  readonly groups?: number;
  /** Options of the weight only. */
  readonly weight?: VariableOptions;
  /** Whether to add a bias, default true, or options of the bias only. */
  readonly bias?: boolean | VariableOptions;
}

const optionNames: OptionNames<ConvTranspose2dOptions> = {
  ...weightOptionNames,
  stride: true,
  padding: true,
  outputPadding: true,
  dilation: true,
  groups: true,
  weight: true,
  bias: true,
};

const checkedOutputPadding = (size: Size, { stride, dilation }: ConvolutionPlan): readonly number[] => {
  const added = perAxis('convTranspose2d: outputPadding', 2, size, 0);
  if (added.some((places, axis) => places >= Math.max(stride[axis]!, dilation[axis]!)))
    invalidArgument('convTranspose2d: outputPadding', 'smaller than the stride or the dilation', size);
  return added;
};

/** The convolution whose input gradient this is: its windows are in the output. */
const transposedGeometry = (plan: ConvolutionPlan, added: readonly number[], x: tf.Tensor): Geometry => {
  const { kernel, stride, dilation, pads, groups } = plan;
  const sizes = x.shape.slice(1, -1);
  const outputs = sizes.map(
    (size, axis) =>
      (size - 1) * stride[axis]! +
      (kernel[axis]! - 1) * dilation[axis]! +
      1 +
      added[axis]! -
      pads[axis]![0] -
      pads[axis]![1],
  );
  if (outputs.some((size) => size < 1))
    invalidArgument(
      'convTranspose2d: input',
      `large enough for an output, which would be [${outputs.join(', ')}]`,
      x,
    );
  return {
    inputs: volume(outputs, 1),
    outputs: volume(sizes, 1),
    taps: volume(kernel, 1),
    strides: volume(stride, 1),
    dilations: volume(dilation, 1),
    pads: volume(
      pads.map(([before]) => before),
      0,
    ),
    groups,
  };
};

/**
 * A transposed convolution of images, the adjoint of `conv2d`: `[batch, height, width, in]` to
 * `[batch, newHeight, newWidth, out]`, or the same without a batch axis. Arguments follow PyTorch. The filter is
 * `[...kernel, out / groups, in]` and its fan-in, as in PyTorch, `out / groups` times the taps.
 *
 * @throws Error naming the argument that breaks one of PyTorch's rules: channels that `groups` does not divide,
 * `outputPadding` as large as stride and dilation; when called, an input other than `[height, width, in]` with or without
 * a batch axis
 * @example
 * const layer = convTranspose2d(16, 8, 3, { stride: 2, padding: 1, outputPadding: 1 });
 */
export const convTranspose2d = <const O extends ConvTranspose2dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size,
  options?: Only<O, ConvTranspose2dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> => {
  const given = optionalOptions<ConvTranspose2dOptions>('convTranspose2d', options, optionNames);
  const { stride, padding, outputPadding = 0, dilation, groups, weight, bias, ...weights } = given;
  if (typeof padding === 'string')
    invalidArgument('convTranspose2d: padding', "numbers, as PyTorch has no 'same' or 'valid' here", padding);
  const plan = convolutionPlan('convTranspose2d', 2, inChannels, outChannels, kernelSize, given);
  const added = checkedOutputPadding(outputPadding, plan);
  const shape = [...plan.kernel, outChannels / plan.groups, inChannels];
  const on = (w: { readonly weight: tf.Tensor; readonly bias?: tf.Tensor }): Unary => {
    const f: Unary = (x) => {
      const geometry = transposedGeometry(plan, added, x);
      const images = tf.expandDims(x, 1);
      const y = convolveTransposed(images, tf.expandDims(w.weight, 0), geometry);
      const flat = tf.reshape(y, [x.shape[0]!, ...geometry.inputs.slice(1), outChannels]);
      return w.bias ? tf.add(flat, w.bias) : flat;
    };
    return (x) => batchedInput('convTranspose2d: input', 2, x, f, inChannels);
  };
  const spec = weightAndBias('convTranspose2d', shape, [outChannels], given);
  return affine(spec, on as never, { featureRank: 3, ...weights }) as Layer<never, Unary>;
};
