import { _FusedMatMul, getKernel, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../fusedMatMul.ts';
import { batchMatMul, isDeep } from './batchMatMul.ts';
import type { CpuCall, CpuKernel } from './cpuKernel.ts';

const step = (
  { backend }: CpuCall,
  name: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: Readonly<Record<string, unknown>> = {},
): TensorInfo => {
  const kernel = getKernel(name, 'cpu');
  if (kernel === undefined) throw new Error(`The cpu backend has no kernel ${name}`);
  return kernel.kernelFunc({ inputs, attrs, backend } as unknown as Parameters<KernelFunc>[0]) as TensorInfo;
};

/** A matrix product, its bias and its activation: those with long sums in doubles. */
export const fusedMatMul: CpuKernel = {
  name: _FusedMatMul,
  run: (call, stock) =>
    (isDeep(call)
      ? fused({
          ...call,
          product: () => batchMatMul.run(call, stock),
          step: (name, inputs, attrs) => step(call, name, inputs, attrs),
          dispose: ({ dataId }) => call.backend.disposeData(dataId),
        })
      : undefined) ?? stock(call),
};
