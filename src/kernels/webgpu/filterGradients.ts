import {
  backend_util,
  Conv2DBackpropFilter,
  Conv3DBackpropFilterV2,
  DepthwiseConv2dNativeBackpropFilter,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type Geometry, geometry2d, geometry3d } from '../../ops/convolutionGeometry.ts';
import { addToBlocks, startBlocks, sumOfBlocks } from './blocks.ts';
import { eachNumber, integers } from './program.ts';
import { reduceSum } from './reduceSum.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** The attributes of tfjs's kernels that are used here. */
interface Attrs {
  readonly strides: number;
  readonly dilations: number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: readonly number[];
  readonly dataFormat?: string;
}

/** The geometry of each of tfjs's kernels, with images as volumes of depth 1; channels are groups if depthwise. */
const kinds: Readonly<Record<string, (x: readonly number[], attrs: Attrs) => Geometry>> = {
  [Conv2DBackpropFilter]: (x, { strides, pad, dimRoundingMode, filterShape }) =>
    geometry2d(
      backend_util.computeConv2DInfo(x as Shape4, filterShape as Shape4, strides, 1, pad, dimRoundingMode),
    ),
  [Conv3DBackpropFilterV2]: (x, { strides, pad, filterShape }) =>
    geometry3d(
      backend_util.computeConv3DInfo(x as Shape5, filterShape as Shape5, strides, 1, pad as 'valid' | 'same'),
    ),
  [DepthwiseConv2dNativeBackpropFilter]: (x, { strides, dilations, pad, dimRoundingMode, filterShape }) => {
    const [shape, filter] = [x as Shape4, filterShape as Shape4];
    return geometry2d(
      backend_util.computeConv2DInfo(shape, filter, strides, dilations, pad, dimRoundingMode, true),
    );
  },
};

/** Threads that keep a GPU busy. */
const busyThreads = 16_384;

/** The number of windows that tfjs's programs sum without losing digits. */
const few = 256;

const three = (name: string, [x, y, z]: readonly [number, number, number]) =>
  integers({ [`${name}0`]: x, [`${name}1`]: y, [`${name}2`]: z });

/** The gradient, first summed over parts of the rows of windows, to use enough threads. */
const gradient = (
  backend: WebgpuBackend,
  [x, dy]: readonly [TensorInfo, TensorInfo],
  shape: readonly number[],
  { inputs, outputs, taps, strides, dilations, pads }: Geometry,
  depthwise: boolean,
): TensorInfo => {
  const [channels, many] = shape.slice(-2) as [number, number];
  const size = util.sizeFromShape([...shape]);
  const rows = dy.shape[0]! * outputs[0] * outputs[1];
  const parts = Math.max(1, Math.min(rows, Math.ceil(busyThreads / size)));
  const sums = eachNumber(backend, {
    name: `filter gradient ${depthwise}`,
    inputs: { x, dy },
    uniforms: {
      ...integers({ channels, many, numbers: size, rows, parts, filters: dy.shape.at(-1)! }),
      ...three('inputs', inputs),
      ...three('outputs', outputs),
      ...three('taps', taps),
      ...three('strides', strides),
      ...three('dilations', dilations),
      ...three('pads', pads),
    },
    shape: [parts, size],
    body: `
let part = index / uniforms.numbers;
let weight = index - part * uniforms.numbers;
let own = weight % uniforms.many;
let channel = (weight / uniforms.many) % uniforms.channels;
let tap = weight / (uniforms.many * uniforms.channels);
let column = ${depthwise ? 'channel * uniforms.many + own' : 'own'};
let tapX = (tap % uniforms.taps2) * uniforms.dilations2 - uniforms.pads2;
let tapY = ((tap / uniforms.taps2) % uniforms.taps1) * uniforms.dilations1 - uniforms.pads1;
let tapZ = (tap / (uniforms.taps2 * uniforms.taps1)) * uniforms.dilations0 - uniforms.pads0;
${startBlocks}
for (var row = part; row < uniforms.rows; row = row + uniforms.parts) {
  let volume = row / uniforms.outputs1;
  let item = volume / uniforms.outputs0;
  let y = (row - volume * uniforms.outputs1) * uniforms.strides1 + tapY;
  let z = (volume - item * uniforms.outputs0) * uniforms.strides0 + tapZ;
  if (y < 0 || y >= uniforms.inputs1 || z < 0 || z >= uniforms.inputs0) { continue; }
  let pixels = ((item * uniforms.inputs0 + z) * uniforms.inputs1 + y) * uniforms.inputs2;
  for (var window = 0; window < uniforms.outputs2; window = window + 1) {
    let at = window * uniforms.strides2 + tapX;
    if (at < 0 || at >= uniforms.inputs2) { continue; }
    let pixel = x[(pixels + at) * uniforms.channels + channel];
    let slope = dy[(row * uniforms.outputs2 + window) * uniforms.filters + column];
    ${addToBlocks('pixel * slope')}
  }
}
setOutputAtIndex(index, ${sumOfBlocks});`,
  });
  if (parts === 1) return { ...sums, shape: [...shape] };
  const whole = reduceSum(backend, sums, { before: 1, count: parts, after: size });
  backend.disposeData(sums.dataId);
  return { ...whole, shape: [...shape] };
};

const filterGradient = (name: string): WebgpuKernel<Attrs> => ({
  name,
  run: (call, stock) => {
    const { x, dy } = call.inputs as Readonly<Record<'x' | 'dy', TensorInfo>>;
    const { attrs } = call;
    const windows = util.sizeFromShape(dy.shape.slice(0, -1));
    const last = attrs.dataFormat === undefined || !attrs.dataFormat.startsWith('NC');
    if (x.dtype !== 'float32' || dy.dtype !== 'float32' || !last || windows <= few) return stock(call);
    const geometry = { ...kinds[name]!(x.shape, attrs) };
    const depthwise = name === DepthwiseConv2dNativeBackpropFilter;
    return gradient(call.backend, [x, dy], attrs.filterShape, geometry, depthwise);
  },
});

/**
 * The gradients of convolution filters. In tfjs's programs one thread adds all products of a weight: long sums lose
 * digits, and most of a GPU is idle where there are few weights.
 */
export const filterGradients: readonly WebgpuKernel<Attrs>[] = Object.keys(kinds).map(filterGradient);
