import {
  backend_util,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Geometry, geometry2d, geometry3d } from '../../ops/convolutionGeometry.ts';
import { type ConvolutionAttrs, isFloat, type Shape4, type Shape5, sameBatch } from './convolutionCall.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { depthwise } from './depthwise.ts';
import {
  type ByFilter,
  type ByInput,
  type ConvolutionKind,
  filterGradient,
  inputGradient,
} from './gradientKernels.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Adds a sample axis of size 1 to a tensor, sharing its data. */
export const withSample = (tensor: TensorInfo): TensorInfo => ({
  dataId: tensor.dataId,
  dtype: tensor.dtype,
  shape: [1, ...tensor.shape],
});

const images: ConvolutionKind<backend_util.Conv2DInfo, ConvolutionAttrs> = {
  computeInfo: (input, filter, { strides, pad, dimRoundingMode }) =>
    backend_util.computeConv2DInfo(input as Shape4, filter as Shape4, strides, 1, pad, dimRoundingMode),
  toGeometry: geometry2d,
};

/** The gradient of `tf.conv2d`'s filter, which tfjs lacks on wasm. Channels last, as in its `conv2d`. */
export const conv2dFilterGradient = filterGradient(Conv2DBackpropFilter, images);

/** The gradient of `tf.conv2d`'s input, and `tf.conv2dTranspose`. tfjs's own kernel does not use a matrix product. */
export const conv2dInputGradient = inputGradient(Conv2DBackpropInput, images);

interface VolumeAttrs {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
}

const volumes: ConvolutionKind<backend_util.Conv3DInfo, VolumeAttrs> = {
  computeInfo: (input, filter, { strides, pad }) =>
    backend_util.computeConv3DInfo(input as Shape5, filter as Shape5, strides, 1, pad),
  toGeometry: geometry3d,
};

/** The gradient of `tf.conv3d`'s filter. */
export const conv3dFilterGradient = filterGradient(Conv3DBackpropFilterV2, volumes);

/** The gradient of `tf.conv3d`'s input; tfjs's own kernel is wrong. */
export const conv3dInputGradient = inputGradient(Conv3DBackpropInputV2, volumes);

const depthwiseInfo = (
  input: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: ConvolutionAttrs,
) => {
  const [inShape, filterShape] = [input as Shape4, filter as Shape4];
  return backend_util.computeConv2DInfo(inShape, filterShape, strides, dilations, pad, dimRoundingMode, true);
};

const depthwiseSizes = (
  geometry: Geometry,
  { batchSize, inChannels, outChannels }: backend_util.Conv2DInfo,
) => convolutionSizes(geometry, 1, batchSize, inChannels, outChannels);

const depthwiseGeometry = (info: backend_util.Conv2DInfo, dy: TensorInfo): Geometry => ({
  ...geometry2d(info, dy.shape.slice(1)),
  groups: info.inChannels,
});

/** The gradient of `tf.depthwiseConv2d`'s filter, which tfjs lacks on wasm. */
export const depthwiseFilterGradient: WasmKernel<ConvolutionAttrs & ByFilter> = {
  name: DepthwiseConv2dNativeBackpropFilter,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (!isFloat(x, dy)) return stock(call);
    const info = depthwiseInfo(x.shape, attrs.filterShape, attrs);
    sameBatch(DepthwiseConv2dNativeBackpropFilter, info.batchSize, dy);
    const out = backend.makeOutput(info.filterShape, 'float32');
    const geometry = depthwiseGeometry(info, dy);
    const parts = { image: withSample(x), dy: withSample(dy), filter: withSample(out) };
    depthwise.byFilter(backend, geometry, depthwiseSizes(geometry, info), parts);
    return out;
  },
};

/** The gradient of `tf.depthwiseConv2d`'s input, which tfjs lacks on wasm. */
export const depthwiseInputGradient: WasmKernel<ConvolutionAttrs & ByInput> = {
  name: DepthwiseConv2dNativeBackpropInput,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (!isFloat(dy, filter)) return stock(call);
    const info = depthwiseInfo(attrs.inputShape, filter.shape, attrs);
    sameBatch(DepthwiseConv2dNativeBackpropInput, info.batchSize, dy);
    const out = backend.makeOutput(info.inShape, 'float32');
    const geometry = depthwiseGeometry(info, dy);
    const parts = { image: withSample(out), dy: withSample(dy), filter: withSample(filter) };
    depthwise.byInput(backend, geometry, depthwiseSizes(geometry, info), parts);
    return out;
  },
};
