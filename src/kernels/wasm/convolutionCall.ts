import type { TensorInfo } from '@tensorflow/tfjs-core';

export type Shape4 = [number, number, number, number];
export type Shape5 = [number, number, number, number, number];

/** What the kernels of convolutions have in common among their attributes. */
export interface ConvolutionAttrs {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Whether all tensors hold float32 numbers. */
export const isFloat = (...tensors: readonly TensorInfo[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32');

/**
 * Holds that a gradient has as many items as the images it belongs to; a kernel would read beside it otherwise.
 *
 * @throws Error naming the kernel and both
 */
export const sameBatch = (kernel: string, batch: number, { shape }: TensorInfo): void => {
  if (shape[0] !== batch)
    throw new Error(`Error in ${kernel}: dy has shape [${shape}], but there are ${batch} images`);
};
