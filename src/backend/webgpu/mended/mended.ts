import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../replaceKernels.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';

/** A call of a kernel of tfjs's that has one result. */
export interface Call<I, A> {
  readonly inputs: I;
  readonly attrs: A;
  readonly backend: WebgpuBackend;
}

/** A kernel of tfjs's with one result. */
export type Stock<I, A> = (call: Call<I, A>) => TensorInfo;

/** A kernel that is tfjs's own apart from what is wrong with it. */
export const mended = <I, A = object>(
  name: string,
  mend: (stock: Stock<I, A>) => Stock<I, A>,
): OwnKernel => ({
  name,
  kernelFunc: (stock) => {
    if (stock === undefined) throw new Error(`tfjs's webgpu backend has no kernel ${name}`);
    return mend(stock as unknown as Stock<I, A>) as unknown as KernelFunc;
  },
});

/** The same numbers as a tensor of another shape. */
export const as = (shape: readonly number[], tensor: TensorInfo): TensorInfo => ({
  ...tensor,
  shape: [...shape],
});

/** The rank that all of tfjs's programs take. With more axes some index vectors that WGSL does not have. */
export const highestRank = 4;
