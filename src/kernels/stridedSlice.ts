import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { StridedSlice, slice_util } from '@tensorflow/tfjs-core';
import type { Wrapper } from './kernel.ts';

type Spec = Parameters<typeof slice_util.sliceInfo> extends [number[], ...infer Rest] ? Rest : never;

/**
 * Strided slices that pick a single index along some axes: with ranges of one element instead, and a shape without these axes.
 * Beside strides other than 1, TensorFlow.js's kernels take the axes that remain for the first ones of the tensor.
 */
const ofRanges =
  (run: KernelFunc): KernelFunc =>
  (call) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      call.attrs as unknown as Readonly<Record<string, Spec[number]>>;
    if (!shrinkAxisMask) return run(call);
    const spec = [begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as Spec;
    const { shape } = (call.inputs as Readonly<Record<string, TensorInfo>>).x!;
    const dense = slice_util.sliceInfo([...shape], ...spec);
    if (dense.isSimpleSlice || dense.finalShape.includes(0)) return run(call);
    const attrs = {
      ...{ begin: dense.begin, end: dense.end, strides: dense.strides },
      ...{ beginMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
      // Backwards, up to the first element.
      endMask: dense.end.reduce((mask, at, axis) => (at < 0 ? mask | (1 << axis) : mask), 0),
    };
    return { ...(run({ ...call, attrs }) as TensorInfo), shape: dense.finalShape };
  };

/** `tf.stridedSlice` with single indices. */
export const stridedSlice: Wrapper = { name: StridedSlice, wrap: ofRanges };
