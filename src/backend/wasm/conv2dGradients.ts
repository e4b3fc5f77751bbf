import { backend_util, Conv2DBackpropFilter, Conv2DBackpropInput } from '@tensorflow/tfjs-core';
import { geometry2d } from '../convolutionGeometry.ts';
import type { ConvolutionAttrs, Shape4 } from './convolutionCall.ts';
import { type ConvolutionKind, filterGradient, inputGradient } from './gradientKernels.ts';

const images: ConvolutionKind<backend_util.Conv2DInfo, ConvolutionAttrs> = {
  infoOf: (input, filter, { strides, pad, dimRoundingMode }) =>
    backend_util.computeConv2DInfo(input as Shape4, filter as Shape4, strides, 1, pad, dimRoundingMode),
  geometryOf: geometry2d,
};

/** The gradient of `tf.conv2d` by its filter, which tfjs does not have for wasm. Channels last, as in its `conv2d`. */
export const conv2dFilterGradient = filterGradient(Conv2DBackpropFilter, images);

/** The gradient of `tf.conv2d` by its input, and `tf.conv2dTranspose`. tfjs's own kernel has no matrix product. */
export const conv2dInputGradient = inputGradient(Conv2DBackpropInput, images);
