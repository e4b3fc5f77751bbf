import { Imag, Real, type TensorInfo } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../replaceKernels.ts';
import { as, mended } from './mended.ts';

interface Inputs {
  readonly input: TensorInfo;
}

/** tfjs's have two axes after a Fourier transform of more: the shape of the two tensors that are the transform's result. */
export const complexParts: readonly OwnKernel[] = [Real, Imag].map((name) =>
  mended<Inputs>(name, (stock) => (call) => as(call.inputs.input.shape, stock(call))),
);
