import { AvgPool, backend_util, MaxPool, MaxPool3D, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Shape4, Shape5 } from '../convolutionCall.ts';
import { tensorValues } from '../tensorValues.ts';
import type { WasmBackend } from '../wasmBackend.ts';
import { step, type WasmCall, type WasmKernel } from '../wasmKernel.ts';
import { restoreNaN } from './restoreNaN.ts';

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface VolumeAttrs extends Pick<PoolAttrs, 'pad' | 'dimRoundingMode'> {
  readonly filterSize: number | [number, number, number];
  readonly strides: number | [number, number, number];
  readonly dataFormat?: 'NDHWC' | 'NCDHW';
}

/** Whether each window along an axis covers only padding. */
const coversOnlyPadding = (windows: number, taps: number, stride: number, before: number, length: number) =>
  Array.from({ length: windows }, (_, at) => {
    const start = at * stride - before;
    return start + taps <= 0 || start >= length;
  });

/** Pooling with windows of a single pixel: strided pixels. */
const poolSinglePixels = (backend: WasmBackend, x: TensorInfo, info: backend_util.Conv2DInfo): TensorInfo => {
  const { outHeight, outWidth, strideHeight, strideWidth, inHeight, inWidth, outChannels, padInfo } = info;
  const result = backend.makeOutput(info.outShape, 'float32');
  const [from, to] = [tensorValues<'float32'>(backend, x), tensorValues<'float32'>(backend, result)];
  for (let row = 0; row < info.batchSize * outHeight; row++) {
    const y = (row % outHeight) * strideHeight - padInfo.top;
    const line = Math.floor(row / outHeight) * inHeight + y;
    if (y < 0 || y >= inHeight) continue;
    for (let column = 0; column < outWidth; column++) {
      const pixel = column * strideWidth - padInfo.left;
      if (pixel < 0 || pixel >= inWidth) continue;
      const at = (line * inWidth + pixel) * outChannels;
      to.set(from.subarray(at, at + outChannels), (row * outWidth + column) * outChannels);
    }
  }
  return result;
};

/**
 * tfjs's average pooling, with NaN, as on the cpu backend, for a window that covers only padding, and for one with NaN. tfjs
 * leaves the first uninitialised, and the whole result where a window is a single pixel, and gives -Infinity for the second.
 */
const avgPool: WasmKernel<PoolAttrs> = {
  name: AvgPool,
  run: (call, stock) => {
    const { backend, inputs, attrs } = call;
    const x = inputs.x!;
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    if (x.dtype !== 'float32') return stock(call);
    const info = backend_util.computePool2DInfo(
      x.shape as Shape4,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const { outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
    const result =
      filterHeight * filterWidth === 1 ? poolSinglePixels(backend, x, info) : restoreNaN(call, stock);
    const rows = coversOnlyPadding(outHeight, filterHeight, strideHeight, padInfo.top, info.inHeight);
    const columns = coversOnlyPadding(outWidth, filterWidth, strideWidth, padInfo.left, info.inWidth);
    const numbers = tensorValues<'float32'>(backend, result);
    const depth = info.outChannels;
    if (rows.includes(true) || columns.includes(true))
      for (let row = 0; row < info.batchSize * outHeight; row++)
        for (let column = 0; column < outWidth; column++) {
          const at = (row * outWidth + column) * depth;
          if (rows[row % outHeight] || columns[column]) numbers.fill(Number.NaN, at, at + depth);
        }
    return result;
  },
};

const largest = (
  call: WasmCall<VolumeAttrs>,
  x: TensorInfo,
  filterSize: readonly [number, number],
  strides: readonly [number, number],
  pads: readonly (readonly [number, number])[],
): TensorInfo => {
  const none = [0, 0] as const;
  return step(MaxPool, { x }, call, { filterSize, strides, pad: [none, ...pads, none] });
};

/**
 * Max pooling of volumes: over planes first, then along the depth. tfjs's kernel starts from 1e-38, and is wrong
 * wherever a window has no positive number.
 */
const maxPool3D: WasmKernel<VolumeAttrs> = {
  name: MaxPool3D,
  run: (call, stock) => {
    const { backend, inputs, attrs } = call;
    const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attrs;
    const x = inputs.x!;
    if (dataFormat === 'NCDHW' || x.dtype !== 'float32' || x.shape.includes(0)) return stock(call);
    const info = backend_util.computePool3DInfo(
      x.shape as Shape5,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
      dataFormat,
    );
    const { batchSize, inDepth, inHeight, inWidth, inChannels, outDepth, outHeight, outWidth, padInfo } =
      info;
    if (outDepth * outHeight * outWidth === 0) return stock(call);
    const sides = (windows: number, taps: number, stride: number, before: number, length: number) =>
      [before, Math.max(0, (windows - 1) * stride + taps - length - before)] as const;
    const planes = largest(
      call,
      { ...x, shape: [batchSize * inDepth, inHeight, inWidth, inChannels] },
      [info.filterHeight, info.filterWidth],
      [info.strideHeight, info.strideWidth],
      [
        sides(outHeight, info.filterHeight, info.strideHeight, padInfo.top, inHeight),
        sides(outWidth, info.filterWidth, info.strideWidth, padInfo.left, inWidth),
      ],
    );
    const result = largest(
      call,
      { ...planes, shape: [batchSize, inDepth, outHeight * outWidth, inChannels] },
      [info.filterDepth, 1],
      [info.strideDepth, 1],
      [sides(outDepth, info.filterDepth, info.strideDepth, padInfo.front, inDepth), [0, 0]],
    );
    backend.disposeData(planes.dataId);
    return { ...result, shape: [batchSize, outDepth, outHeight, outWidth, inChannels] };
  },
};

/** Average pooling and max pooling of volumes, right for every padding and for numbers below zero. */
export const pooling: readonly WasmKernel<object>[] = [avgPool, maxPool3D];
