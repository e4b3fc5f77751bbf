import * as tf from '@tensorflow/tfjs-core';
import { padsOfWindows } from '../../kernels/explicitPads.ts';
import { type Geometry, geometry2d, geometry3d } from '../../ops/convolutionGeometry.ts';
import { convolve, convolves } from '../../ops/convolve.ts';
import { convolutionKernels } from '../../ops/gradients/convolution.ts';
import { perSample } from '../fallback.ts';
import type { Attributes, BatchingRule, KernelCall, Operand } from '../rule.ts';
import { decompose } from './decompose.ts';
import { merging } from './merging.ts';
import { operand, operands } from './operands.ts';

type Shape = readonly number[];
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** One kind of tfjs's convolutions: its geometry, and the shapes of its tensors with our three axes. */
interface Kind {
  readonly geometry: (attrs: Attributes, x: Shape, filter: Shape, outputs?: Shape) => Geometry;
  /** The shape of an image or of a result. */
  readonly images: (shape: Shape) => Shape;
  readonly filter: (shape: Shape) => Shape;
}

const info2d = (attrs: Attributes, x: Shape, filter: Shape, deep: boolean) => {
  const windows = { images: x, taps: [filter[0]!, filter[1]!] } as const;
  const { strides, dilations, pad, dimRoundingMode } = padsOfWindows(windows, attrs);
  return tf.backend_util.computeConv2DInfo(
    x as Shape4,
    filter as Shape4,
    strides as number,
    (dilations as number | undefined) ?? 1,
    pad as 'same',
    dimRoundingMode as 'floor',
    deep,
  );
};

const flat: Kind = {
  geometry: (attrs, x, filter, outputs) => geometry2d(info2d(attrs, x, filter, false), outputs),
  images: ([batch, ...rest]) => [batch!, 1, ...rest],
  filter: (shape) => [1, ...shape],
};

const depthwise: Kind = {
  ...flat,
  geometry: (attrs, x, filter, outputs) => ({
    ...geometry2d(info2d(attrs, x, filter, true), outputs),
    groups: x.at(-1)!,
  }),
  filter: ([height, width, channels, multiplier]) => [1, height!, width!, 1, channels! * multiplier!],
};

const deep: Kind = {
  geometry: ({ strides, dilations, pad }, x, filter, outputs) =>
    geometry3d(
      tf.backend_util.computeConv3DInfo(
        x as Shape5,
        filter as Shape5,
        strides as number,
        (dilations as number | undefined) ?? 1,
        pad as 'same',
      ),
      outputs,
    ),
  images: (shape) => shape,
  filter: (shape) => shape,
};

/** Reshapes a tensor, with a sample axis of size 1 if samples share it. */
const as = ({ tensor, batched }: Operand, shape: Shape): tf.Tensor =>
  tf.reshape(tensor, [batched ? tensor.shape[0]! : 1, ...shape]);

const runOurs = (
  call: KernelCall,
  kernel: string,
  inputs: tf.NamedTensorMap,
  geometry: Geometry,
  shape: Shape,
) => tf.reshape(call.run(inputs, { ...geometry }, kernel) as tf.Tensor, [call.size, ...shape]);

const ours = (call: KernelCall): boolean =>
  call.attrs.dataFormat !== 'NCHW' && convolves(...operands(call).map(({ tensor }) => tensor));

/** The shape of the result of a convolution of `x`: the geometry's windows, then the filters. */
const outputShape = (x: Shape, { outputs }: Geometry, filters: number): Shape => [
  x[0]!,
  ...outputs.slice(5 - x.length),
  filters,
];

/** If each sample has its own filter, this needs a kernel with a sample axis, or matrix products. */
const forward =
  (kind: Kind): BatchingRule =>
  (call) => {
    const [x, filter] = [operand(call, 'x'), operand(call, 'filter')];
    if (!filter.batched || call.attrs.dataFormat === 'NCHW') return merging('x')(call);
    const geometry = kind.geometry(call.attrs, x.shape, filter.shape);
    const [images, filters] = [kind.images(x.shape), kind.filter(filter.shape)];
    const shape = outputShape(x.shape, geometry, filters.at(-1)!);
    if (ours(call)) {
      const inputs = { x: as(x, images), filter: as(filter, filters) };
      return runOurs(call, convolutionKernels.forward, inputs, geometry, shape);
    }
    return decompose((own) =>
      tf.reshape(
        convolve(tf.reshape(own.x!, [...images]), tf.reshape(own.filter!, [...filters]), undefined, geometry),
        [...shape],
      ),
    )(call);
  };

const byInput =
  (kind: Kind): BatchingRule =>
  (call) => {
    const [dy, filter] = [operand(call, 'dy'), operand(call, 'filter')];
    const input = call.attrs.inputShape as Shape;
    if (!filter.batched || !ours(call)) return merging('dy')(call);
    const geometry = kind.geometry(call.attrs, input, filter.shape, dy.shape.slice(1, -1));
    const inputs = { dy: as(dy, kind.images(dy.shape)), filter: as(filter, kind.filter(filter.shape)) };
    return runOurs(call, convolutionKernels.byInput, inputs, geometry, input);
  };

/** A filter's gradient sums over the batch, so samples cannot be merged into it. */
const byFilter =
  (kind: Kind): BatchingRule =>
  (call) => {
    const [x, dy] = [operand(call, 'x'), operand(call, 'dy')];
    const filter = call.attrs.filterShape as Shape;
    if (!ours(call)) return perSample(call);
    const geometry = kind.geometry(call.attrs, x.shape, filter, dy.shape.slice(1, -1));
    const inputs = { x: as(x, kind.images(x.shape)), dy: as(dy, kind.images(dy.shape)) };
    return runOurs(call, convolutionKernels.byFilter, inputs, geometry, filter);
  };

/** Rules for convolutions and their gradients. */
export const convolutions: Readonly<Record<string, BatchingRule>> = {
  [tf.Conv2D]: forward(flat),
  [tf.Conv2DBackpropInput]: byInput(flat),
  [tf.Conv2DBackpropFilter]: byFilter(flat),
  [tf.DepthwiseConv2dNative]: forward(depthwise),
  [tf.DepthwiseConv2dNativeBackpropInput]: byInput(depthwise),
  [tf.DepthwiseConv2dNativeBackpropFilter]: byFilter(depthwise),
  [tf.Conv3D]: forward(deep),
  [tf.Conv3DBackpropInputV2]: byInput(deep),
  [tf.Conv3DBackpropFilterV2]: byFilter(deep),
};
