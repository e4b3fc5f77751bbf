import { FusedConv2D, FusedDepthwiseConv2D, type TensorInfo } from '@tensorflow/tfjs-core';
import { fusedMatMul as fused } from '../../ops/fusedMatMul.ts';
import { step, type WebgpuKernel } from './webgpuKernel.ts';

/** Whether an activation is to be a kernel of its own: within tfjs's products and convolutions it replaces NaN by a number. */
export const losesNaN = (activation: unknown): boolean => /^(relu6|elu|sigmoid)$/.test(String(activation));

const keepingNaN = (name: string): WebgpuKernel => ({
  name,
  run: (call, stock) => {
    if (!losesNaN(call.attrs.activation)) return stock(call);
    const { preluActivationWeights: _, ...inputs } = call.inputs;
    return fused({
      ...call,
      // The bias is part of the convolution.
      inputs: {},
      product: () => stock({ ...call, inputs, attrs: { ...call.attrs, activation: 'linear' } }) as TensorInfo,
      step: (kernel, given, attrs) => step(kernel, given, call, attrs),
      dispose: ({ dataId }) => call.backend.disposeData(dataId),
    })!;
  },
});

/** tfjs's fused convolutions, with NaN where it comes from. */
export const fusedConvolutions: readonly WebgpuKernel[] = [
  keepingNaN(FusedConv2D),
  keepingNaN(FusedDepthwiseConv2D),
];
