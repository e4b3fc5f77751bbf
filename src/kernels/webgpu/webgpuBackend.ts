import type { DataId, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** A uniform of a program. */
export interface Uniform {
  readonly type: 'float32' | 'int32' | 'uint32';
  readonly data: readonly number[];
}

/** A program as tfjs's webgpu backend runs it; the backend writes some fields itself. */
export interface WebgpuProgram {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly workgroupSize: readonly [number, number, number];
  /** Whether the program has a uniform `size`, the size of the result. */
  readonly size: boolean;
  readonly uniforms: string;
  getUserCode: () => string;
  /** Whether the result holds atomic integers. */
  readonly atomic?: boolean;
  dispatch: readonly [number, number, number];
  shaderKey: string;
}

/** The part of WebGPU's device that compiles programs. */
export interface ShaderModules {
  createShaderModule: (descriptor: { readonly code: string }) => unknown;
}

/**
 * The parts of tfjs's webgpu backend that our kernels use. They are not a public interface, so they are declared in
 * this one place, except those that upload tensors (`smallUploads.ts`); `isWebgpuBackend` checks that they exist.
 */
export interface WebgpuBackend extends KernelBackend {
  readonly device: ShaderModules;
  /** The record of a tensor. Its dtype differs from the tensor's while a cast is pending. */
  readonly tensorMap: { readonly get: (id: DataId) => { readonly dtype: DataType } };
  readonly makeTensorInfo: (
    shape: readonly number[],
    dtype: DataType,
    values?: Float32Array | Int32Array | Uint8Array,
  ) => TensorInfo;
  /** Whether tensors are small and not on the device yet. */
  readonly shouldExecuteOnCPU: (inputs: readonly TensorInfo[]) => boolean;
  readonly runWebGPUProgram: (
    program: WebgpuProgram,
    inputs: readonly TensorInfo[],
    dtype: DataType,
    uniforms: readonly Uniform[],
    output?: TensorInfo,
  ) => TensorInfo;
}

/** Whether a backend is tfjs's webgpu backend, with the parts that our kernels use. */
export const isWebgpuBackend = (backend: KernelBackend | undefined): backend is WebgpuBackend => {
  const { makeTensorInfo, shouldExecuteOnCPU, runWebGPUProgram, tensorMap, device } = (backend ??
    {}) as Partial<WebgpuBackend>;
  const { createShaderModule } = device ?? {};
  return [makeTensorInfo, shouldExecuteOnCPU, runWebGPUProgram, tensorMap?.get, createShaderModule].every(
    (f) => typeof f === 'function',
  );
};
