import type { DataId, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { HostNumbers } from '../host/hostKernel.ts';
import { type Attributes, type Kernel, type KernelCall, kernelFunc, stepOn } from '../kernel.ts';

/** The parts of tfjs's cpu backend that our kernels use. `isCpuBackend` checks that they exist. */
export interface CpuBackend extends KernelBackend {
  readonly data: { readonly get: (id: DataId) => { readonly values: HostNumbers } };
  readonly makeTensorInfo: (shape: readonly number[], dtype: DataType, values: HostNumbers) => TensorInfo;
}

/** Whether a backend is tfjs's cpu backend, with the parts that our kernels use. */
export const isCpuBackend = (backend: KernelBackend | undefined): backend is CpuBackend => {
  const { data, makeTensorInfo } = (backend ?? {}) as Partial<CpuBackend>;
  return typeof data?.get === 'function' && typeof makeTensorInfo === 'function';
};

/** The values of a tensor, in place. */
export const tensorValues = (backend: CpuBackend, { dataId }: TensorInfo): HostNumbers =>
  backend.data.get(dataId).values;

/** A call of a kernel on the cpu backend. */
export type CpuCall<A = Attributes> = KernelCall<CpuBackend, A>;

/** One of our kernels on the cpu backend. */
export type CpuKernel<A = Attributes> = Kernel<CpuBackend, A, TensorInfo>;

/** A kernel in the form that tfjs registers. */
export const cpuKernelFunc = kernelFunc<CpuBackend>('cpu');

/** Runs another kernel of the backend on intermediate data of the calling kernel. */
export const step = stepOn('cpu');
