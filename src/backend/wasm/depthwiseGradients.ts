import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Geometry, geometry2d } from '../convolutionGeometry.ts';
import { type ConvolutionAttrs, isFloat, type Shape4, sameBatch } from './convolutionCall.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { depthwise } from './depthwise.ts';
import type { ByFilter, ByInput } from './gradientKernels.ts';
import type { WasmKernel } from './wasmKernel.ts';
import { withSample } from './withSample.ts';

const infoOf = (
  input: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: ConvolutionAttrs,
) => {
  const [inShape, filterShape] = [input as Shape4, filter as Shape4];
  return backend_util.computeConv2DInfo(inShape, filterShape, strides, dilations, pad, dimRoundingMode, true);
};

const sizesOf = (geometry: Geometry, { batchSize, inChannels, outChannels }: backend_util.Conv2DInfo) =>
  convolutionSizes(geometry, 1, batchSize, inChannels, outChannels);

const geometryOf = (info: backend_util.Conv2DInfo, dy: TensorInfo): Geometry => ({
  ...geometry2d(info, dy.shape.slice(1)),
  groups: info.inChannels,
});

/** The gradient of `tf.depthwiseConv2d` by its filter, which tfjs does not have for wasm. */
export const depthwiseFilterGradient: WasmKernel<ConvolutionAttrs & ByFilter> = {
  name: DepthwiseConv2dNativeBackpropFilter,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (!isFloat(x, dy)) return stock(call);
    const info = infoOf(x.shape, attrs.filterShape, attrs);
    sameBatch(DepthwiseConv2dNativeBackpropFilter, info.batchSize, dy);
    const out = backend.makeOutput(info.filterShape, 'float32');
    const geometry = geometryOf(info, dy);
    const parts = { image: withSample(x), dy: withSample(dy), filter: withSample(out) };
    depthwise.byFilter(backend, geometry, sizesOf(geometry, info), parts);
    return out;
  },
};

/** The gradient of `tf.depthwiseConv2d` by its input, which tfjs does not have for wasm. */
export const depthwiseInputGradient: WasmKernel<ConvolutionAttrs & ByInput> = {
  name: DepthwiseConv2dNativeBackpropInput,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (!isFloat(dy, filter)) return stock(call);
    const info = infoOf(attrs.inputShape, filter.shape, attrs);
    sameBatch(DepthwiseConv2dNativeBackpropInput, info.batchSize, dy);
    const out = backend.makeOutput(info.inShape, 'float32');
    const geometry = geometryOf(info, dy);
    const parts = { image: withSample(out), dy: withSample(dy), filter: withSample(filter) };
    depthwise.byInput(backend, geometry, sizesOf(geometry, info), parts);
    return out;
  },
};
