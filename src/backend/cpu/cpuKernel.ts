import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { CpuBackend } from './cpuBackend.ts';

/** A call of a kernel on the cpu backend. */
export interface CpuCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: CpuBackend;
}

/** One of our kernels: it stands in for tfjs's of the same name, and hands calls on to that. */
export interface CpuKernel {
  readonly name: string;
  readonly run: (call: CpuCall, stock: (call: CpuCall) => TensorInfo) => TensorInfo;
}

/** A kernel in the form that tfjs registers. */
export const kernelFunc =
  ({ run }: CpuKernel, stock: KernelFunc): KernelFunc =>
  (given) =>
    run(
      given as unknown as CpuCall,
      (call) => stock(call as unknown as Parameters<KernelFunc>[0]) as TensorInfo,
    );
