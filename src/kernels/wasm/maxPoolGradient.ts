import { backend_util, MaxPoolGrad, util } from '@tensorflow/tfjs-core';
import { type ConvolutionAttrs, isFloat, type Shape4 } from './convolutionCall.ts';
import { kernelModule } from './kernelModule.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

interface PoolAttrs extends ConvolutionAttrs {
  readonly filterSize: [number, number] | number;
}

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
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = backend_util.computePool2DInfo(
      x.shape as Shape4,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    if (!util.arraysEqual(dy.shape, info.outShape) || !util.arraysEqual(y.shape, info.outShape))
      throw new Error(
        `Error in ${MaxPoolGrad}: dy and output must have shape [${info.outShape}], got [${dy.shape}] and [${y.shape}]`,
      );
    const { zero, addMaxPoolGradient } = kernelModule(backend);
    const out = backend.makeOutput(x.shape, 'float32');
    const [from, maxima, slopes, to] = [x, y, dy, out].map((tensor) => tensorAddress(backend, tensor)) as [
      number,
      number,
      number,
      number,
    ];
    const image = info.inHeight * info.inWidth * info.inChannels * 4;
    const result = info.outHeight * info.outWidth * info.inChannels * 4;
    const apart = info.strideHeight >= info.filterHeight && info.strideWidth >= info.filterWidth;
    const covered =
      info.padInfo.top === 0 &&
      info.padInfo.left === 0 &&
      info.strideHeight === info.filterHeight &&
      info.strideWidth === info.filterWidth &&
      info.outHeight * info.filterHeight === info.inHeight &&
      info.outWidth * info.filterWidth === info.inWidth;
    for (let item = 0; item < info.batchSize; item++) {
      if (!covered) zero(to + item * image, image);
      addMaxPoolGradient(
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
        from + item * image,
        maxima + item * result,
        slopes + item * result,
        to + item * image,
        apart,
      );
    }
    return out;
  },
};
