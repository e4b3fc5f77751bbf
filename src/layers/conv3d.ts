import { convolution } from './convolution.ts';
import type { ConvolutionOptions, ConvolutionWeightsOf } from './convolutionOptions.ts';
import type { Layer, Only } from './part.ts';
import type { Unary } from './sequential.ts';

/** One number for all axes, or one for each. @inline */
type Size = number | readonly [depth: number, height: number, width: number];

/** Options of `conv3d`, those of its weights among them. */
export interface Conv3dOptions extends ConvolutionOptions<Size> {}

/**
 * A convolution of volumes: `[batch, depth, height, width, in]` to `[batch, depth, height, width, out]`, or the same without a batch axis.
 * Arguments are PyTorch's, and as there it is a cross-correlation; layouts are TensorFlow.js's, the filter
 * `[...kernel, in / groups, out]`. With as many groups as channels it is depthwise. Its fan-in is that of one output,
 * `in / groups` times the taps.
 *
 * @throws Error naming the argument that breaks a rule of PyTorch's: channels that `groups` does not divide,
 * `'same'` with a stride other than 1; when called, an input other than `[depth, height, width, in]` with or without a
 * batch axis, smaller than the dilated kernel, or than a reflection or a circle needs
 * @example
 * const layer = conv3d(1, 8, [1, 3, 3], { padding: 'same' });
 */
export const conv3d = <const O extends Conv3dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size,
  options?: Only<O, Conv3dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> =>
  convolution('conv3d', 3, inChannels, outChannels, kernelSize, options);
