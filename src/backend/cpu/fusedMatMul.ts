import { _FusedMatMul } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../fusedMatMul.ts';
import { batchMatMul, isDeep } from './batchMatMul.ts';
import { type CpuKernel, step } from './cpuKernel.ts';

/** A matrix product, its bias and its activation: those with long sums in doubles. */
export const fusedMatMul: CpuKernel = {
  name: _FusedMatMul,
  run: (call, stock) =>
    (isDeep(call)
      ? fused({
          ...call,
          product: () => batchMatMul.run(call, stock),
          step: (name, inputs, attrs) => step(name, inputs, call, attrs),
          dispose: ({ dataId }) => call.backend.disposeData(dataId),
        })
      : undefined) ?? stock(call),
};
