import { backend_util, Conv3DBackpropFilterV2, Conv3DBackpropInputV2 } from '@tensorflow/tfjs-core';
import { geometry3d } from '../convolutionGeometry.ts';
import { isFloat, type Shape5, sameBatch } from './convolutionCall.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { convolveByFilter } from './convolveByFilter.ts';
import { convolveByInput } from './convolveByInput.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';
import { withSample } from './withSample.ts';

const infoOf = (input: readonly number[], filter: readonly number[], attrs: WasmCall['attrs']) => {
  const { strides, pad } = attrs as unknown as {
    readonly strides: [number, number, number] | number;
    readonly pad: 'valid' | 'same';
  };
  return backend_util.computeConv3DInfo(input as Shape5, filter as Shape5, strides, 1, pad);
};

/** The gradient of `tf.conv3d` by its filter. */
export const conv3dFilterGradient: WasmKernel = {
  name: Conv3DBackpropFilterV2,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (!isFloat(x, dy)) return stock(call);
    const info = infoOf(x.shape, attrs.filterShape as readonly number[], attrs);
    sameBatch(Conv3DBackpropFilterV2, info.batchSize, dy);
    const geometry = geometry3d(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.filterShape, 'float32');
    return convolveByFilter(backend, geometry, sizes, { x: withSample(x), dy: withSample(dy) }, out);
  },
};

/** The gradient of `tf.conv3d` by its input; tfjs's own kernel is wrong. */
export const conv3dInputGradient: WasmKernel = {
  name: Conv3DBackpropInputV2,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (!isFloat(dy, filter)) return stock(call);
    const info = infoOf(attrs.inputShape as readonly number[], filter.shape, attrs);
    sameBatch(Conv3DBackpropInputV2, info.batchSize, dy);
    const geometry = geometry3d(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.inShape, 'float32');
    return convolveByInput(backend, geometry, sizes, { dy: withSample(dy), filter: withSample(filter) }, out);
  },
};
