import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';

/** A call of one of tfjs's kernels. */
export interface Call<I, A> {
  readonly inputs: I;
  readonly attrs: A;
  readonly backend: WebgpuBackend;
}

/** One of tfjs's kernels, by default with one result. */
export type Stock<I, A, Y = TensorInfo> = (call: Call<I, A>) => Y;

/** A kernel that wraps tfjs's own and fixes its bugs. */
export const fixed = <I, A = object, Y = TensorInfo>(
  name: string,
  fix: (stock: Stock<I, A, Y>) => Stock<I, A, Y>,
): OwnKernel => ({
  name,
  kernelFunc: (stock) => {
    if (stock === undefined) throw new Error(`tfjs's webgpu backend has no kernel ${name}`);
    return fix(stock as unknown as Stock<I, A, Y>) as unknown as KernelFunc;
  },
});

/** The same data in another shape. */
export const as = (shape: readonly number[], tensor: TensorInfo): TensorInfo => ({
  ...tensor,
  shape: [...shape],
});

/** Whether a tensor is a flat array on the device, and not complex (two arrays) or strings. */
export const isNumbers = ({ dtype }: TensorInfo): boolean => dtype !== 'complex64' && dtype !== 'string';

/** Whether the device holds floats, and not integers with a pending cast: tfjs's transpose needs floats. */
export const areFloats = (backend: WebgpuBackend, { dataId }: TensorInfo): boolean =>
  backend.tensorMap.get(dataId).dtype === 'float32';

/** The highest rank that all of tfjs's programs support. For more axes some use vectors that WGSL does not have. */
export const highestRank = 4;
