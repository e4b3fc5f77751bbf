import { backend_util, MaxPool, MaxPoolGrad, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ConvolutionAttrs, isFloat, type Shape4 } from './convolutionCall.ts';
import { cut, partCount, runParts } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

interface PoolAttrs extends ConvolutionAttrs {
  readonly filterSize: [number, number] | number;
}

const poolInfo = (
  { shape }: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): backend_util.Conv2DInfo =>
  backend_util.computePool2DInfo(shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);

/** The numbers with which both kernels begin, apart from that of the images. */
const layout = (info: backend_util.Conv2DInfo) =>
  [
    info.inChannels,
    info.inHeight,
    info.inWidth,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  ] as const;

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** The images of each part, with the bytes of those before it, before and after pooling. */
const parts = (backend: WasmBackend, { batchSize, inShape, outShape }: backend_util.Conv2DInfo) => {
  const [before, after] = [inShape, outShape].map((shape) => util.sizeFromShape(shape.slice(1))) as [
    number,
    number,
  ];
  return cut(batchSize, partCount(backend, batchSize * before, FEWEST), 1).map(([first, last]) => ({
    images: last - first,
    skipped: 4 * first * before,
    windows: 4 * first * after,
  }));
};

/**
 * Max pooling, with the cpu backend's result for NaN and for windows that cover only padding. tfjs's own takes twice as
 * long, returns -Infinity where a window starts with NaN, and leaves a result uninitialised if a window covers only
 * padding or is a single pixel.
 */
export const maxPool: WasmKernel<PoolAttrs> = {
  name: MaxPool,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const x = inputs.x!;
    if (x.dtype !== 'float32') return stock(call);
    const info = poolInfo(x, attrs);
    if (info.filterHeight * info.filterWidth === 1 && util.arraysEqual(info.inShape, info.outShape)) {
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    }
    const out = backend.makeOutput(info.outShape, 'float32');
    const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
    runParts(
      backend,
      'maxPool',
      parts(backend, info).map(
        ({ images, skipped, windows }) =>
          [
            ...([images, ...layout(info), Number.NEGATIVE_INFINITY] as const),
            ...([from + skipped, to + windows] as const),
          ] as const,
      ),
    );
    return out;
  },
};

/**
 * The gradient of `tf.maxPool`. tfjs's own ignores every window whose maximum is not positive, and searches the
 * windows again for each pixel.
 */
export const maxPoolGradient: WasmKernel<PoolAttrs> = {
  name: MaxPoolGrad,
  run: (call, stock) => {
    const { inputs, attrs, backend } = call;
    const [dy, x, y] = [inputs.dy!, inputs.input!, inputs.output!];
    if (!isFloat(dy, x, y)) return stock(call);
    const info = poolInfo(x, attrs);
    if (!util.arraysEqual(dy.shape, info.outShape) || !util.arraysEqual(y.shape, info.outShape))
      throw new Error(
        `Error in ${MaxPoolGrad}: dy and output must have shape [${info.outShape}], got [${dy.shape}] and [${y.shape}]`,
      );
    const out = backend.makeOutput(x.shape, 'float32');
    const [from, maxima, slopes, to] = [x, y, dy, out].map((tensor) => tensorAddress(backend, tensor)) as [
      number,
      number,
      number,
      number,
    ];
    const apart = info.strideHeight >= info.filterHeight && info.strideWidth >= info.filterWidth;
    const covered =
      info.padInfo.top === 0 &&
      info.padInfo.left === 0 &&
      info.strideHeight === info.filterHeight &&
      info.strideWidth === info.filterWidth &&
      info.outHeight * info.filterHeight === info.inHeight &&
      info.outWidth * info.filterWidth === info.inWidth;
    runParts(
      backend,
      'maxPoolGradient',
      parts(backend, info).map(
        ({ images, skipped, windows }) =>
          [
            ...([images, ...layout(info), from + skipped] as const),
            ...([maxima + windows, slopes + windows, to + skipped, apart, covered] as const),
          ] as const,
      ),
    );
    return out;
  },
};
