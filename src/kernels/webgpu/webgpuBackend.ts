import type { DataId, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** A number that a program gets with a call. */
export interface Uniform {
  readonly type: 'float32' | 'int32' | 'uint32';
  readonly data: readonly number[];
}

/** What tfjs's webgpu backend compiles and runs; it writes some fields itself. */
export interface WebgpuProgram {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly workgroupSize: readonly [number, number, number];
  /** Whether there is a uniform `size`, the size of the result. */
  readonly size: boolean;
  readonly uniforms: string;
  getUserCode: () => string;
  /** Whether the result is of integers that threads may add to at once. */
  readonly atomic?: boolean;
  dispatch: readonly [number, number, number];
  shaderKey: string;
}

/** What compiles programs, as far as our kernels need it: a part of WebGPU's device. */
export interface ShaderModules {
  createShaderModule: (descriptor: { readonly code: string }) => unknown;
}

/**
 * The parts of tfjs's webgpu backend that our kernels stand on. They are no public interface of it, so they are named in
 * this one place, but for those that bring numbers there (`smallUploads.ts`); `isWebgpuBackend` looks whether they are there.
 */
export interface WebgpuBackend extends KernelBackend {
  readonly device: ShaderModules;
  /** What is there of a tensor; it may be of another type than the tensor, which is a cast of it then. */
  readonly tensorMap: { readonly get: (id: DataId) => { readonly dtype: DataType } };
  readonly makeTensorInfo: (
    shape: readonly number[],
    dtype: DataType,
    values?: Float32Array | Int32Array | Uint8Array,
  ) => TensorInfo;
  /** Whether tensors are few numbers that the device does not have yet. */
  readonly shouldExecuteOnCPU: (inputs: readonly TensorInfo[]) => boolean;
  readonly runWebGPUProgram: (
    program: WebgpuProgram,
    inputs: readonly TensorInfo[],
    dtype: DataType,
    uniforms: readonly Uniform[],
    output?: TensorInfo,
  ) => TensorInfo;
}

/** Whether a backend is tfjs's webgpu backend, as far as our kernels need it. */
export const isWebgpuBackend = (backend: KernelBackend | undefined): backend is WebgpuBackend => {
  const { makeTensorInfo, shouldExecuteOnCPU, runWebGPUProgram, tensorMap, device } = (backend ??
    {}) as Partial<WebgpuBackend>;
  const { createShaderModule } = device ?? {};
  return [makeTensorInfo, shouldExecuteOnCPU, runWebGPUProgram, tensorMap?.get, createShaderModule].every(
    (f) => typeof f === 'function',
  );
};
