import * as tf from '@tensorflow/tfjs-core';
import { runKernel } from '../engine.ts';
import { alongAxis, matrixFromFunction } from './alongAxis.ts';
import { kernelGradient } from './kernelGradient.ts';
import { type InputRegion, inputRegion } from './windows.ts';

type Info = Parameters<typeof tf.backend_util.computeConv2DInfo>;

interface Attrs {
  readonly strides: [number, number] | number;
  readonly pad: Info[4];
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: Info[5];
}

const pair = (given: [number, number] | number | null | undefined): [number, number] =>
  typeof given === 'number' ? [given, given] : (given ?? [1, 1]);

/** A filter dilated with zeros, and the adjoint of the dilation. */
const dilated = (
  filter: tf.Tensor,
  dilations: readonly number[],
): { readonly wide: tf.Tensor; readonly back: (gradient: tf.Tensor) => tf.Tensor } => {
  const spread = (x: tf.Tensor, axis: number, transposed: boolean): tf.Tensor => {
    const [size, dilation] = [filter.shape[axis]!, dilations[axis]!];
    if (dilation === 1) return x;
    const matrix = matrixFromFunction((size - 1) * dilation + 1, size, (row, column) =>
      row === column * dilation ? 1 : 0,
    );
    return alongAxis(x, axis, matrix, transposed);
  };
  return {
    wide: spread(spread(filter, 0, false), 1, false),
    back: (gradient) => spread(spread(gradient, 1, true), 0, true),
  };
};

/** The part of its input that a convolution reads, including padding. */
const convolutionRegion = (
  x: tf.Tensor,
  filter: tf.Tensor,
  dy: tf.Tensor,
  attrs: Attrs,
  depthwise: boolean,
): InputRegion => {
  const isFirst = attrs.dataFormat === 'NCHW';
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    x.shape as Info[0],
    filter.shape as Info[1],
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    isFirst ? 'channelsFirst' : 'channelsLast',
  );
  const [down, across] = pair(attrs.strides);
  const windows = [
    { size: filter.shape[0]!, stride: down, before: padInfo.top },
    { size: filter.shape[1]!, stride: across, before: padInfo.left },
  ];
  const first = isFirst ? 2 : 1;
  return inputRegion(x, windows, dy.shape.slice(first, first + 2), first);
};

interface Kernels {
  readonly byInput: string;
  readonly byFilter: string;
  readonly depthwise: boolean;
}

const own = (
  saved: readonly tf.Tensor[],
  dy: tf.Tensor,
  attrs: Attrs,
  { byInput, byFilter, depthwise }: Kernels,
) => {
  const [x, filter] = saved as [tf.Tensor, tf.Tensor];
  const dilations = pair(attrs.dilations);
  // In the form that the gradient kernels accept.
  const isPlain = typeof attrs.pad === 'string' && dilations.every((each) => each === 1);
  const { wide, back: undilate } = dilated(filter, dilations);
  const { region, back } = isPlain
    ? { region: x, back: (gradient: tf.Tensor) => gradient }
    : convolutionRegion(x, wide, dy, attrs, depthwise);
  const given = {
    strides: attrs.strides,
    pad: isPlain ? attrs.pad : 'valid',
    dataFormat: attrs.dataFormat ?? 'NHWC',
    ...(depthwise ? { dilations: [1, 1] } : {}),
  };
  return {
    x: () => back(runKernel(byInput, { dy, filter: wide }, { ...given, inputShape: region.shape })),
    filter: () => undilate(runKernel(byFilter, { x: region, dy }, { ...given, filterShape: wide.shape })),
  };
};

/** The gradient of a 2D convolution. TensorFlow.js rejects dilations and ignores how numeric padding was rounded. */
const convolution = (kernelName: string, kernels: Kernels): tf.GradConfig =>
  kernelGradient<Attrs>({
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradients: (dy, saved, attrs) => own(saved, dy, attrs, kernels),
  });

/** The kernels of a convolution and of its gradients. */
interface Family extends Kernels {
  readonly forward: string;
}

/**
 * The gradients of the kernels that compute the gradient of a convolution. They are convolutions too; TensorFlow.js
 * lacks most of these gradients, without which there are no second derivatives.
 */
const secondOrder = ({ forward, byInput, byFilter }: Family): readonly tf.GradConfig[] => {
  const given = ({ strides, pad, dataFormat, dimRoundingMode }: Attrs): object => {
    const ones = forward === tf.Conv3D ? [1, 1, 1] : [1, 1];
    const format = forward === tf.Conv3D ? 'NDHWC' : (dataFormat ?? 'NHWC');
    return {
      strides,
      pad,
      dataFormat: format,
      dimRoundingMode,
      dilations: ones,
    };
  };
  return [
    kernelGradient<Attrs>({
      kernelName: byInput,
      inputsToSave: ['dy', 'filter'],
      gradients: (x, saved, attrs) => {
        const [dy, filter] = saved as [tf.Tensor, tf.Tensor];
        return {
          dy: () => runKernel(forward, { x, filter }, given(attrs)),
          filter: () => runKernel(byFilter, { x, dy }, { ...given(attrs), filterShape: filter.shape }),
        };
      },
    }),
    kernelGradient<Attrs>({
      kernelName: byFilter,
      inputsToSave: ['x', 'dy'],
      gradients: (filter, saved, attrs) => {
        const [x, dy] = saved as [tf.Tensor, tf.Tensor];
        return {
          x: () => runKernel(byInput, { dy, filter }, { ...given(attrs), inputShape: x.shape }),
          dy: () => runKernel(forward, { x, filter }, given(attrs)),
        };
      },
    }),
  ];
};

const ofImages: Family = {
  forward: tf.Conv2D,
  byInput: tf.Conv2DBackpropInput,
  byFilter: tf.Conv2DBackpropFilter,
  depthwise: false,
};

const ofChannels: Family = {
  forward: tf.DepthwiseConv2dNative,
  byInput: tf.DepthwiseConv2dNativeBackpropInput,
  byFilter: tf.DepthwiseConv2dNativeBackpropFilter,
  depthwise: true,
};

const ofVolumes: Family = {
  forward: tf.Conv3D,
  byInput: tf.Conv3DBackpropInputV2,
  byFilter: tf.Conv3DBackpropFilterV2,
  depthwise: false,
};

/** The gradients of convolutions, and those of the kernels that these use. */
export const plainConvolutionGradients: readonly tf.GradConfig[] = [
  convolution(tf.Conv2D, ofImages),
  convolution(tf.DepthwiseConv2dNative, ofChannels),
  ...[ofImages, ofChannels, ofVolumes].flatMap(secondOrder),
];
