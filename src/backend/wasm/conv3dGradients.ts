import { backend_util, Conv3DBackpropFilterV2, Conv3DBackpropInputV2 } from '@tensorflow/tfjs-core';
import { geometry3d } from '../convolutionGeometry.ts';
import type { Shape5 } from './convolutionCall.ts';
import { type ConvolutionKind, filterGradient, inputGradient } from './gradientKernels.ts';

interface VolumeAttrs {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
}

const volumes: ConvolutionKind<backend_util.Conv3DInfo, VolumeAttrs> = {
  infoOf: (input, filter, { strides, pad }) =>
    backend_util.computeConv3DInfo(input as Shape5, filter as Shape5, strides, 1, pad),
  geometryOf: geometry3d,
};

/** The gradient of `tf.conv3d` by its filter. */
export const conv3dFilterGradient = filterGradient(Conv3DBackpropFilterV2, volumes);

/** The gradient of `tf.conv3d` by its input; tfjs's own kernel is wrong. */
export const conv3dInputGradient = inputGradient(Conv3DBackpropInputV2, volumes);
