import type { DataId, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { HostNumbers } from '../host/hostKernel.ts';

/** The parts of tfjs's cpu backend that our kernels stand on. `isCpuBackend` looks whether they are there. */
export interface CpuBackend extends KernelBackend {
  readonly data: { readonly get: (id: DataId) => { readonly values: HostNumbers } };
  readonly makeTensorInfo: (shape: readonly number[], dtype: DataType, values: HostNumbers) => TensorInfo;
}

/** Whether a backend is tfjs's cpu backend, as far as our kernels need it. */
export const isCpuBackend = (backend: KernelBackend | undefined): backend is CpuBackend => {
  const { data, makeTensorInfo } = (backend ?? {}) as Partial<CpuBackend>;
  return typeof data?.get === 'function' && typeof makeTensorInfo === 'function';
};

/** The numbers of a tensor, in place. */
export const valuesOf = (backend: CpuBackend, { dataId }: TensorInfo): HostNumbers =>
  backend.data.get(dataId).values;
