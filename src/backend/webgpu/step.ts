import { getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** Runs another kernel of the backend on intermediate data, of which nobody but the calling kernel knows. */
export const step = (
  name: string,
  inputs: Readonly<Record<string, TensorInfo>> | readonly TensorInfo[],
  backend: WebgpuBackend,
  attrs: Readonly<Record<string, unknown>>,
): TensorInfo => {
  const kernel = getKernel(name, 'webgpu');
  if (kernel === undefined) throw new Error(`The webgpu backend has no kernel ${name}`);
  const call = { inputs, attrs, backend } as unknown as Parameters<KernelFunc>[0];
  return kernel.kernelFunc(call) as TensorInfo;
};
