import { backend_util, Conv2DBackpropFilter, Conv2DBackpropInput } from '@tensorflow/tfjs-core';
import { geometry2d } from '../convolutionGeometry.ts';
import { type ConvolutionAttrs, isFloat, type Shape4, sameBatch } from './convolutionCall.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { convolveByFilter } from './convolveByFilter.ts';
import { convolveByInput } from './convolveByInput.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';
import { withSample } from './withSample.ts';

const infoOf = (input: readonly number[], filter: readonly number[], attrs: WasmCall['attrs']) => {
  const { strides, pad, dimRoundingMode } = attrs as unknown as ConvolutionAttrs;
  return backend_util.computeConv2DInfo(input as Shape4, filter as Shape4, strides, 1, pad, dimRoundingMode);
};

/** The gradient of `tf.conv2d` by its filter, which tfjs does not have for wasm. Channels last, as in its `conv2d`. */
export const conv2dFilterGradient: WasmKernel = {
  name: Conv2DBackpropFilter,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (attrs.dataFormat === 'NCHW' || !isFloat(x, dy)) return stock(call);
    const info = infoOf(x.shape, attrs.filterShape as readonly number[], attrs);
    sameBatch(Conv2DBackpropFilter, info.batchSize, dy);
    const geometry = geometry2d(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.filterShape, 'float32');
    return convolveByFilter(backend, geometry, sizes, { x: withSample(x), dy: withSample(dy) }, out);
  },
};

/** The gradient of `tf.conv2d` by its input, and `tf.conv2dTranspose`. tfjs's own kernel has no matrix product. */
export const conv2dInputGradient: WasmKernel = {
  name: Conv2DBackpropInput,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (attrs.dataFormat === 'NCHW' || !isFloat(dy, filter)) return stock(call);
    const info = infoOf(attrs.inputShape as readonly number[], filter.shape, attrs);
    sameBatch(Conv2DBackpropInput, info.batchSize, dy);
    const geometry = geometry2d(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.inShape, 'float32');
    return convolveByInput(backend, geometry, sizes, { dy: withSample(dy), filter: withSample(filter) }, out);
  },
};
