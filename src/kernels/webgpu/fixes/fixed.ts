import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';

/** A call of a kernel of tfjs's. */
export interface Call<I, A> {
  readonly inputs: I;
  readonly attrs: A;
  readonly backend: WebgpuBackend;
}

/** A kernel of tfjs's, which has one result if nothing else is said. */
export type Stock<I, A, Y = TensorInfo> = (call: Call<I, A>) => Y;

/** A kernel that is tfjs's own apart from what is wrong with it. */
export const fixed = <I, A = object, Y = TensorInfo>(
  name: string,
  mend: (stock: Stock<I, A, Y>) => Stock<I, A, Y>,
): OwnKernel => ({
  name,
  kernelFunc: (stock) => {
    if (stock === undefined) throw new Error(`tfjs's webgpu backend has no kernel ${name}`);
    return mend(stock as unknown as Stock<I, A, Y>) as unknown as KernelFunc;
  },
});

/** The same numbers as a tensor of another shape. */
export const as = (shape: readonly number[], tensor: TensorInfo): TensorInfo => ({
  ...tensor,
  shape: [...shape],
});

/** Whether a tensor is one row of numbers on the device, and not two of them or text. */
export const isNumbers = ({ dtype }: TensorInfo): boolean => dtype !== 'complex64' && dtype !== 'string';

/** Whether there are floats on the device, and not whole numbers that a cast calls so: tfjs's program that transposes needs them. */
export const areFloats = (backend: WebgpuBackend, { dataId }: TensorInfo): boolean =>
  backend.tensorMap.get(dataId).dtype === 'float32';

/** The rank that all of tfjs's programs take. With more axes some index vectors that WGSL does not have. */
export const highestRank = 4;
