import {
  backend_util,
  Conv2D,
  DepthwiseConv2dNative,
  FusedConv2D,
  FusedDepthwiseConv2D,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { ConvolutionAttrs, Shape4 } from '../convolutionCall.ts';
import { kernelModule } from '../kernelModule.ts';
import { inSteps } from '../products.ts';
import { tensorAddress, type WasmBackend } from '../wasmBackend.ts';
import type { WasmCall, WasmKernel } from '../wasmKernel.ts';
import { restoreNaN } from './restoreNaN.ts';

type Pads = Extract<Parameters<typeof backend_util.computeConv2DInfo>[4], unknown[]>;

interface Attrs extends Omit<ConvolutionAttrs, 'pad'> {
  readonly pad: ConvolutionAttrs['pad'] | Pads;
  readonly dataFormat?: string;
  readonly activation?: string;
}

const computeInfo = ({ inputs, attrs }: WasmCall<Attrs>, depthwise: boolean): backend_util.Conv2DInfo => {
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  const [x, filter] = [inputs.x!.shape as Shape4, inputs.filter!.shape as Shape4];
  return backend_util.computeConv2DInfo(x, filter, strides, dilations ?? 1, pad, dimRoundingMode, depthwise);
};

const computePads = (call: WasmCall<Attrs>, depthwise: boolean): Pads => {
  const { padInfo } = computeInfo(call, depthwise);
  const { top, bottom, left, right } = padInfo;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
};

/** A tensor of zeros. */
const zeros = (backend: WasmBackend, shape: readonly number[]): TensorInfo => {
  const out = backend.makeOutput(shape, 'float32');
  kernelModule(backend).zero(tensorAddress(backend, out), 4 * util.sizeFromShape([...shape]));
  return out;
};

/** Convolutions of empty tensors: tfjs's kernels divide by their sizes. Zero channels equal one channel of zeros. */
const emptyConvolution = (
  call: WasmCall<Attrs>,
  depthwise: boolean,
  stock: (call: WasmCall<Attrs>) => TensorInfo,
): TensorInfo => {
  const { backend, inputs } = call;
  const [x, filter] = [inputs.x!.shape as Shape4, inputs.filter!.shape as Shape4];
  const { outShape } = computeInfo(call, depthwise);
  if (outShape.includes(0)) return backend.makeOutput(outShape, 'float32');
  const [images, taps] = [
    zeros(backend, [...x.slice(0, 3), 1]),
    zeros(backend, [filter[0], filter[1], 1, filter[3]]),
  ];
  const result = stock({ ...call, inputs: { ...inputs, x: images, filter: taps } });
  for (const { dataId } of [images, taps]) backend.disposeData(dataId);
  return result;
};

/** Whether each number of a convolution's result is one product: then tfjs's kernel ends with a bound. */
const isOfSingleTaps = (depthwise: boolean, { inputs }: WasmCall<Attrs>): boolean => {
  const [height, width, inChannels, outChannels] = inputs.filter!.shape as Shape4;
  return height * width === 1 && (depthwise || inChannels * outChannels === 1);
};

const padded = (name: string, depthwise = false): WasmKernel<Attrs, TensorInfo> => ({
  name,
  run: (call, stock) => {
    const { pad, dataFormat } = call.attrs;
    if (dataFormat === 'NCHW') return stock(call);
    const given =
      pad === 'same' ? { ...call, attrs: { ...call.attrs, pad: computePads(call, depthwise) } } : call;
    const { x, filter } = call.inputs;
    if (x!.shape.includes(0) || filter!.shape.includes(0)) return emptyConvolution(given, depthwise, stock);
    return isOfSingleTaps(depthwise, call) ? restoreNaN(given, stock) : stock(given);
  },
});

/**
 * A fused convolution that keeps NaN: the rectifiers that are part of tfjs's replace it by 0. So an activation is a kernel of its
 * own, and so is a bias before one, or where the convolution must be linear.
 */
const keepingNaN = (name: string, depthwise = false): WasmKernel<Attrs> => {
  const { run } = padded(name, depthwise);
  return {
    name,
    run: (call, stock) => {
      const attrs = { ...call.attrs, activation: 'linear' };
      if (attrs.activation === (call.attrs.activation ?? 'linear') && !isOfSingleTaps(depthwise, call))
        return run(call, stock);
      const { x, filter, ...inputs } = call.inputs;
      return inSteps({ ...call, inputs, attrs: { ...call.attrs } }, () =>
        run({ ...call, inputs: { x, filter }, attrs }, stock),
      )!;
    },
  };
};

/**
 * tfjs's convolutions with explicit padding, and with NaN where it comes from. With `same` tfjs's leave the result uninitialised
 * where a filter is narrower than the stride and there is no padding.
 */
export const convolutions: readonly WasmKernel<Attrs>[] = [
  padded(Conv2D),
  padded(DepthwiseConv2dNative, true),
  keepingNaN(FusedConv2D),
  keepingNaN(FusedDepthwiseConv2D, true),
];
