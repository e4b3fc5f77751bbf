import { _FusedMatMul, BatchMatMul } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../../ops/fusedMatMul.ts';
import { isDeep } from './batchMatMul.ts';
import { losesNaN } from './fusedConvolutions.ts';
import { inBlocks } from './inBlocks.ts';
import { isEmptyProduct, parseProduct } from './products.ts';
import { step, type WebgpuKernel } from './webgpuKernel.ts';

/**
 * A matrix product, its bias and its activation: by tfjs's programs, or as separate kernels where digits or NaN would be
 * lost, or a factor is empty.
 */
export const fusedMatMul: WebgpuKernel = {
  name: _FusedMatMul,
  run: (call, stock) => {
    const product = parseProduct(call);
    const apart = isDeep(product) || isEmptyProduct(product) || losesNaN(call.attrs.activation);
    const result = apart
      ? fused({
          ...call,
          product: () => step(BatchMatMul, { a: call.inputs.a!, b: call.inputs.b! }, call, call.attrs),
          step: (name, inputs, attrs) => step(name, inputs, call, attrs),
          dispose: ({ dataId }) => call.backend.disposeData(dataId),
        })
      : undefined;
    return result ?? stock({ ...call, backend: inBlocks(call.backend) });
  },
};
