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
import { tensorAddress, type WasmBackend } from '../wasmBackend.ts';
import type { WasmCall, WasmKernel } from '../wasmKernel.ts';

type Pads = Extract<Parameters<typeof backend_util.computeConv2DInfo>[4], unknown[]>;

interface Attrs extends Omit<ConvolutionAttrs, 'pad'> {
  readonly pad: ConvolutionAttrs['pad'] | Pads;
  readonly dataFormat?: string;
}

const computePads = ({ inputs, attrs }: WasmCall<Attrs>, depthwise: boolean): Pads => {
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  const [x, filter] = [inputs.x!.shape as Shape4, inputs.filter!.shape as Shape4];
  const { padInfo } = backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
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
  const { strides, dilations, pad, dimRoundingMode } = call.attrs;
  const { outShape } = backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  if (outShape.includes(0)) return backend.makeOutput(outShape, 'float32');
  const [images, taps] = [
    zeros(backend, [...x.slice(0, 3), 1]),
    zeros(backend, [filter[0], filter[1], 1, filter[3]]),
  ];
  const result = stock({ ...call, inputs: { ...inputs, x: images, filter: taps } });
  for (const { dataId } of [images, taps]) backend.disposeData(dataId);
  return result;
};

const padded = (name: string, depthwise = false): WasmKernel<Attrs> => ({
  name,
  run: (call, stock) => {
    const { pad, dataFormat } = call.attrs;
    if (dataFormat === 'NCHW') return stock(call);
    const given =
      pad === 'same' ? { ...call, attrs: { ...call.attrs, pad: computePads(call, depthwise) } } : call;
    const { x, filter } = call.inputs;
    return x!.shape.includes(0) || filter!.shape.includes(0)
      ? emptyConvolution(given, depthwise, stock)
      : stock(given);
  },
});

/**
 * tfjs's convolutions with explicit padding. With `same` they leave the result uninitialised where a filter is
 * narrower than the stride and there is no padding.
 */
export const convolutions: readonly WasmKernel<Attrs>[] = [
  padded(Conv2D),
  padded(DepthwiseConv2dNative, true),
  padded(FusedConv2D),
  padded(FusedDepthwiseConv2D, true),
];
