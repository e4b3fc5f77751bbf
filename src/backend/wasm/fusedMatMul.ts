import { _FusedMatMul } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../fusedMatMul.ts';
import { batchMatMul } from './batchMatMul.ts';
import { step, type WasmKernel } from './wasmKernel.ts';

/**
 * A matrix product, its bias and its activation. tfjs's own kernel is wrong with a bias where a factor is transposed or
 * one of a batch, and takes no bias that has been reshaped.
 */
export const fusedMatMul: WasmKernel = {
  name: _FusedMatMul,
  run: (call, stock) =>
    fused({
      ...call,
      product: () => batchMatMul.run(call, stock),
      step: (name, inputs, attrs) => step(name, inputs, call, attrs),
      dispose: ({ dataId }) => call.backend.disposeData(dataId),
    }) ?? stock(call),
};
