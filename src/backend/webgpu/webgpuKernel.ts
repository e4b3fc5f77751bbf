import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** A call of a kernel on the webgpu backend. */
export interface WebgpuCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: WebgpuBackend;
}

/** One of our kernels: it stands in for tfjs's of the same name, and may hand a call on to that. */
export interface WebgpuKernel<Y extends TensorInfo | TensorInfo[] = TensorInfo | TensorInfo[]> {
  readonly name: string;
  readonly run: (call: WebgpuCall, stock: (call: WebgpuCall) => TensorInfo) => Y;
}

/** A kernel in the form that tfjs registers. */
export const kernelFunc =
  ({ name, run }: WebgpuKernel, stock: KernelFunc | undefined): KernelFunc =>
  (given) => {
    const handOn = (call: WebgpuCall): TensorInfo => {
      if (stock === undefined) throw new Error(`${name} on the webgpu backend does not take these inputs`);
      return stock(call as unknown as Parameters<KernelFunc>[0]) as TensorInfo;
    };
    return run(given as unknown as WebgpuCall, handOn);
  };
