import { FusedConv2D, FusedDepthwiseConv2D } from '@tensorflow/tfjs-core';
import { inSteps, losesNaN } from './fusedMatMul.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

const keepingNaN = (name: string): WebgpuKernel => ({
  name,
  run: (call, stock) => {
    if (!losesNaN(call.attrs.activation)) return stock(call);
    const { preluActivationWeights: _, ...inputs } = call.inputs;
    // The bias is part of the convolution.
    return inSteps({ ...call, inputs: {} }, () =>
      stock({ ...call, inputs, attrs: { ...call.attrs, activation: 'linear' } }),
    )!;
  },
});

/** tfjs's fused convolutions, with NaN where it comes from. */
export const fusedConvolutions: readonly WebgpuKernel[] = [
  keepingNaN(FusedConv2D),
  keepingNaN(FusedDepthwiseConv2D),
];
