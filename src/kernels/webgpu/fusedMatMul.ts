import { _FusedMatMul, BatchMatMul, type TensorInfo } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../../ops/fusedMatMul.ts';
import { isDeep } from './batchMatMul.ts';
import { inBlocks } from './inBlocks.ts';
import { isEmptyProduct, parseProduct } from './products.ts';
import { step, type WebgpuCall, type WebgpuKernel } from './webgpuKernel.ts';

/** Whether an activation is to be a kernel of its own: within tfjs's products and convolutions it replaces NaN by a number. */
export const losesNaN = (activation: unknown): boolean => /^(relu6|elu|sigmoid)$/.test(String(activation));

/** A product or a convolution with the bias and the activation of a call as kernels of their own. */
export const inSteps = (call: WebgpuCall, product: () => TensorInfo): TensorInfo | undefined =>
  fused({
    ...call,
    product,
    step: (name, inputs, attrs) => step(name, inputs, call, attrs),
    dispose: ({ dataId }) => call.backend.disposeData(dataId),
  });

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
      ? inSteps(call, () => step(BatchMatMul, { a: call.inputs.a!, b: call.inputs.b! }, call, call.attrs))
      : undefined;
    return result ?? stock({ ...call, backend: inBlocks(call.backend) });
  },
};
