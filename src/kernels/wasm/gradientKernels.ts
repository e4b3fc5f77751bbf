import type { Geometry } from '../../ops/convolutionGeometry.ts';
import { isFloat, sameBatch } from './convolutionCall.ts';
import { withSample } from './convolutionGradients.ts';
import { convolutionSizes } from './convolutionSizes.ts';
import { convolveByFilter, convolveByInput } from './convolve.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fields of tfjs's convolution info that images and volumes share. */
interface ConvolutionInfo {
  readonly batchSize: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly filterShape: readonly number[];
  readonly inShape: readonly number[];
}

/** How to read tfjs's attributes for convolutions of a given rank. */
export interface ConvolutionKind<I extends ConvolutionInfo, A> {
  readonly computeInfo: (input: readonly number[], filter: readonly number[], attrs: A) => I;
  readonly toGeometry: (info: I, dy: readonly number[]) => Geometry;
}

interface Format {
  readonly dataFormat?: string;
}

/** The attributes of a filter's gradient. */
export interface ByFilter extends Format {
  readonly filterShape: readonly number[];
}

/** The attributes of an input's gradient. */
export interface ByInput extends Format {
  readonly inputShape: readonly number[];
}

/** The kernel of the gradient of a convolution's filter, channels last. */
export const filterGradient = <I extends ConvolutionInfo, A extends object>(
  name: string,
  { computeInfo, toGeometry }: ConvolutionKind<I, A>,
): WasmKernel<A & ByFilter> => ({
  name,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [x, dy] = [inputs.x!, inputs.dy!];
    if (attrs.dataFormat === 'NCHW' || !isFloat(x, dy)) return stock(call);
    const info = computeInfo(x.shape, attrs.filterShape, attrs);
    sameBatch(name, info.batchSize, dy);
    const geometry = toGeometry(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.filterShape, 'float32');
    return convolveByFilter(backend, geometry, sizes, { x: withSample(x), dy: withSample(dy) }, out);
  },
});

/** The kernel of the gradient of a convolution's input, channels last. */
export const inputGradient = <I extends ConvolutionInfo, A extends object>(
  name: string,
  { computeInfo, toGeometry }: ConvolutionKind<I, A>,
): WasmKernel<A & ByInput> => ({
  name,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, filter] = [inputs.dy!, inputs.filter!];
    if (attrs.dataFormat === 'NCHW' || !isFloat(dy, filter)) return stock(call);
    const info = computeInfo(attrs.inputShape, filter.shape, attrs);
    sameBatch(name, info.batchSize, dy);
    const geometry = toGeometry(info, dy.shape.slice(1));
    const sizes = convolutionSizes(geometry, 1, info.batchSize, info.inChannels, info.outChannels);
    const out = backend.makeOutput(info.inShape, 'float32');
    return convolveByInput(backend, geometry, sizes, { dy: withSample(dy), filter: withSample(filter) }, out);
  },
});
