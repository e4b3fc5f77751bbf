import {
  backend_util,
  Conv2D,
  DepthwiseConv2dNative,
  FusedConv2D,
  FusedDepthwiseConv2D,
} from '@tensorflow/tfjs-core';
import type { ConvolutionAttrs, Shape4 } from './convolutionCall.ts';
import type { WasmCall, WasmKernel } from './wasmKernel.ts';

type Pads = readonly (readonly [before: number, after: number])[];

const padsOf = ({ inputs, attrs }: WasmCall, depthwise: boolean): Pads => {
  const { strides, dilations, pad, dimRoundingMode } = attrs as unknown as ConvolutionAttrs;
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

const padded = (name: string, depthwise = false): WasmKernel => ({
  name,
  run: (call, stock) => {
    const { pad, dataFormat } = call.attrs;
    if (dataFormat === 'NCHW' || pad !== 'same') return stock(call);
    return stock({ ...call, attrs: { ...call.attrs, pad: padsOf(call, depthwise) } });
  },
});

/**
 * tfjs's convolutions, told their padding in pixels on each side. Told `same` they leave the result unset where a
 * filter is narrower than the stride and nothing is to be padded.
 */
export const convolutions: readonly WasmKernel[] = [
  padded(Conv2D),
  padded(DepthwiseConv2dNative, true),
  padded(FusedConv2D),
  padded(FusedDepthwiseConv2D, true),
];
