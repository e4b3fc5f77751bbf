import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type ConvolutionAttrs, isFloat, type Shape4, sameBatch } from './convolutionCall.ts';
import { kernelModule } from './kernelModule.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';
import { eachRow, rowsOf, windows2d } from './windows.ts';

const infoOf = (input: readonly number[], filter: readonly number[], attrs: WasmCall['attrs']) => {
  const { strides, dilations, pad, dimRoundingMode } = attrs as unknown as ConvolutionAttrs;
  const [inShape, filterShape] = [input as Shape4, filter as Shape4];
  return backend_util.computeConv2DInfo(inShape, filterShape, strides, dilations, pad, dimRoundingMode, true);
};

interface Parts {
  readonly image: TensorInfo;
  readonly dy: TensorInfo;
  readonly filter: TensorInfo;
}

/** Runs a kernel over all rows of windows; it adds to the image or to the filter, `out`, which begins at zero. */
const overRows = (
  backend: WasmBackend,
  kernel: 'depthwiseFilterRow' | 'depthwiseInputRow',
  info: backend_util.Conv2DInfo,
  { image, dy, filter }: Parts,
  out: TensorInfo,
): TensorInfo => {
  const windows = windows2d(info, dy.shape);
  const { channels, inputs, outputs, taps, strides, dilations, pads } = windows;
  const { zero, [kernel]: run } = kernelModule(backend);
  const [pixels, slopes, weights] = [
    addressOf(backend, image),
    addressOf(backend, dy),
    addressOf(backend, filter),
  ];
  const multiplier = info.outChannels / info.inChannels;
  zero(addressOf(backend, out), util.sizeFromShape(out.shape) * 4);
  eachRow(windows, 0, rowsOf(windows), (row, tapRow, pixelRow) => {
    if (pixelRow >= 0)
      run(
        outputs[2],
        taps[2],
        channels,
        multiplier,
        inputs[2],
        strides[2],
        dilations[2],
        pads[2],
        pixels + pixelRow * inputs[2] * channels * 4,
        slopes + row * outputs[2] * channels * multiplier * 4,
        weights + tapRow * taps[2] * channels * multiplier * 4,
      );
  });
  return out;
};

/** The gradient of `tf.depthwiseConv2d` by its filter, which tfjs does not have for wasm. */
export const depthwiseFilterGradient: WasmKernel = {
  name: DepthwiseConv2dNativeBackpropFilter,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (!isFloat(x, dy)) return stock(call);
    const info = infoOf(x.shape, attrs.filterShape as readonly number[], attrs);
    sameBatch(DepthwiseConv2dNativeBackpropFilter, info.batchSize, dy);
    const out = backend.makeOutput(info.filterShape, 'float32');
    return overRows(backend, 'depthwiseFilterRow', info, { image: x, dy, filter: out }, out);
  },
};

/** The gradient of `tf.depthwiseConv2d` by its input, which tfjs does not have for wasm. */
export const depthwiseInputGradient: WasmKernel = {
  name: DepthwiseConv2dNativeBackpropInput,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (!isFloat(dy, filter)) return stock(call);
    const info = infoOf(attrs.inputShape as readonly number[], filter.shape, attrs);
    sameBatch(DepthwiseConv2dNativeBackpropInput, info.batchSize, dy);
    const out = backend.makeOutput(info.inShape, 'float32');
    return overRows(backend, 'depthwiseInputRow', info, { image: out, dy, filter }, out);
  },
};
