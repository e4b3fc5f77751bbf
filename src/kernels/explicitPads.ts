import * as tf from '@tensorflow/tfjs-core';
import type { Attributes } from './kernel.ts';

type Shape = readonly number[];
type Pair = readonly [height: number, width: number];
type Inputs = Readonly<Record<string, { readonly shape: Shape } | undefined>>;

/** The images, taps and results of a call. */
interface Windows {
  readonly images: Shape;
  readonly taps: Pair;
  /** The shape of the forward result, known to a gradient. */
  readonly results?: Shape;
}

const pair = (given: unknown): Pair => {
  const numbers = (given ?? 1) as number | readonly number[];
  return typeof numbers === 'number' ? [numbers, numbers] : [numbers[0]!, numbers[1]!];
};

const filterTaps = (filter: Shape): Pair => [filter[0]!, filter[1]!];

type Find = (inputs: Inputs, attrs: Attributes) => Windows;

const convolution: Find = ({ x, filter }) => ({ images: x!.shape, taps: filterTaps(filter!.shape) });

const convolutionByInput: Find = ({ dy, filter }, { inputShape }) => ({
  images: inputShape as Shape,
  taps: filterTaps(filter!.shape),
  results: dy!.shape,
});

const convolutionByFilter: Find = ({ x, dy }, { filterShape }) => ({
  images: x!.shape,
  taps: filterTaps(filterShape as Shape),
  results: dy!.shape,
});

const pooling: Find = ({ x }, { filterSize }) => ({ images: x!.shape, taps: pair(filterSize) });

const poolingByInput: Find = ({ input, dy }, { filterSize }) => ({
  images: input!.shape,
  taps: pair(filterSize),
  results: dy!.shape,
});

const finders: Readonly<Record<string, Find>> = {
  [tf.Conv2D]: convolution,
  [tf.FusedConv2D]: convolution,
  [tf.DepthwiseConv2dNative]: convolution,
  [tf.FusedDepthwiseConv2D]: convolution,
  [tf.Conv2DBackpropInput]: convolutionByInput,
  [tf.DepthwiseConv2dNativeBackpropInput]: convolutionByInput,
  [tf.Conv2DBackpropFilter]: convolutionByFilter,
  [tf.DepthwiseConv2dNativeBackpropFilter]: convolutionByFilter,
  [tf.MaxPool]: pooling,
  [tf.AvgPool]: pooling,
  [tf.MaxPoolWithArgmax]: pooling,
  [tf.MaxPoolGrad]: poolingByInput,
  [tf.AvgPoolGrad]: poolingByInput,
};

/** The window kernels that accept one number as padding of all sides. */
export const paddedKernels: readonly string[] = Object.keys(finders);

/** A call of a kernel of any backend. */
interface Call {
  readonly inputs: Inputs;
  readonly attrs: object;
}

interface Named {
  readonly name: string;
  run(call: never, stock: never): unknown;
}

/** Makes a window kernel receive explicit padding; other kernels are returned unchanged. */
export const padded = <C extends Call, S, Y>(kernel: {
  readonly name: string;
  readonly run: (call: C, stock: S) => Y;
}): { readonly name: string; readonly run: (call: C, stock: S) => Y } =>
  paddedKernels.includes(kernel.name)
    ? {
        name: kernel.name,
        run: (call, stock) =>
          kernel.run(
            { ...call, attrs: explicitPads(kernel.name, call.inputs, call.attrs as Attributes) },
            stock,
          ),
      }
    : kernel;

/** Refuses images with channels first, which TensorFlow.js's depthwise convolutions on cpu and wasm take for others. */
const channelsLast = <K extends Named>(kernel: K): K =>
  /^(Fused)?DepthwiseConv/.test(kernel.name)
    ? {
        ...kernel,
        run: (call: Call, stock: unknown) => {
          if ((call.attrs as Attributes).dataFormat === 'NCHW')
            throw new Error("depthwiseConv2d: dataFormat must be 'NHWC' on this backend, got 'NCHW'");
          return kernel.run(call as never, stock as never);
        },
      }
    : kernel;

/** Adds to a list, of cpu or wasm, the kernels that are replaced only for their padding or their format. */
export const withPaddedKernels = <K extends Named>(
  kernels: readonly K[],
  stock: (name: string) => K,
): readonly K[] =>
  [
    ...kernels,
    ...paddedKernels.filter((name) => kernels.every((kernel) => kernel.name !== name)).map(stock),
  ].map(channelsLast);

const rounds: Readonly<Record<string, (x: number) => number>> = {
  floor: Math.floor,
  round: Math.round,
  ceil: Math.ceil,
};

/** The padding after an axis: as much as before it, or more where rounding makes the last window overhang. */
const padAfter = (
  pad: number,
  length: number,
  reach: number,
  stride: number,
  rounding: (x: number) => number,
  given: number | undefined,
): number => {
  const windows = given ?? rounding((length - reach + 2 * pad) / stride) + 1;
  const needed = (windows - 1) * stride + reach - length - pad;
  return given === undefined ? Math.max(pad, needed) : needed;
};

/**
 * Replaces numeric padding in the attributes of a window kernel by explicit padding: along each axis there are
 * floor((length + 2 pad - reach) / stride) + 1 windows, or as `dimRoundingMode` rounds it, where a window spans
 * reach = dilation (taps - 1) + 1 pixels. TensorFlow.js uses the filter's height and the first stride for both axes,
 * so that the cpu backend's windows overrun or skip the last column. With explicit padding it counts as here, as do
 * TensorFlow and PyTorch.
 */
export const padsOfWindows = ({ images, taps, results }: Windows, attrs: Attributes): Attributes => {
  const { pad, strides, dilations, dataFormat, dimRoundingMode } = attrs;
  if (typeof pad !== 'number') return attrs;
  const first = dataFormat === 'NCHW' ? 2 : 1;
  const [steps, apart] = [pair(strides), pair(dilations)];
  const sides = taps.map((count, axis): Pair => {
    const length = images[first + axis]!;
    const reach = (count - 1) * apart[axis]! + 1;
    const rounding = rounds[String(dimRoundingMode ?? 'floor')] ?? Math.floor;
    return [pad, padAfter(pad, length, reach, steps[axis]!, rounding, results?.[first + axis])];
  });
  const none: Pair = [0, 0];
  return {
    ...attrs,
    pad: first === 2 ? [none, none, ...sides] : [none, ...sides, none],
    dimRoundingMode: undefined,
  };
};

/** `padsOfWindows` for a kernel by its name; the attributes of other kernels stay as they are. */
export const explicitPads = (name: string, inputs: Inputs, attrs: Attributes): Attributes => {
  const find = finders[name];
  return find === undefined ? attrs : padsOfWindows(find(inputs, attrs), attrs);
};
