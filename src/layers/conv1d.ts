import { convolution } from './convolution.ts';
import type { ConvolutionOptions, ConvolutionWeightsOf } from './convolutionOptions.ts';
import type { Layer, Only } from './part.ts';
import type { Unary } from './sequential.ts';

/** One number for all axes, or one for each. @inline */
type Size = number | readonly [length: number];

/** Options of `conv1d`, those of its weights among them. */
export interface Conv1dOptions extends ConvolutionOptions<Size> {}

/**
 * A convolution of sequences: `[batch, length, in]` to `[batch, length, out]`, or the same without a batch axis.
 * Arguments are PyTorch's, and as there it is a cross-correlation; layouts are TensorFlow.js's, the filter
 * `[...kernel, in / groups, out]`. With as many groups as channels it is depthwise. Its fan-in is that of one output,
 * `in / groups` times the taps.
 *
 * @throws Error naming the argument that breaks a rule of PyTorch's: channels that `groups` does not divide,
 * `'same'` with a stride other than 1; when called, an input other than `[length, in]` with or without a
 * batch axis, smaller than the dilated kernel, or than a reflection or a circle needs
 * @example
 * const layer = conv1d(8, 16, 5, { padding: 'same', dilation: 2 });
 */
export const conv1d = <const O extends Conv1dOptions = Record<never, never>>(
  inChannels: number,
  outChannels: number,
  kernelSize: Size,
  options?: Only<O, Conv1dOptions>,
): Layer<ConvolutionWeightsOf<O>, Unary> =>
  convolution('conv1d', 1, inChannels, outChannels, kernelSize, options);
