import type { TensorInfo } from '@tensorflow/tfjs-core';

export type Shape4 = [number, number, number, number];
export type Shape5 = [number, number, number, number, number];

/** The attributes that all convolution kernels share. */
export interface ConvolutionAttrs {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Whether all tensors are float32. */
export const isFloat = (...tensors: readonly TensorInfo[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32');

/**
 * Checks that a gradient has as many items as there are images; otherwise a kernel would read out of bounds.
 *
 * @throws Error naming the kernel and both
 */
export const sameBatch = (kernel: string, batch: number, { shape }: TensorInfo): void => {
  if (shape[0] !== batch)
    throw new Error(`Error in ${kernel}: dy must have ${batch} items, got shape [${shape}]`);
};
