import type { Tensor } from '@tensorflow/tfjs-core';
import { isDifferentiating } from './engine.ts';
import { hasKernel } from './registry.ts';

/**
 * Whether the current backend has a fused kernel that may run on these tensors: such a kernel takes float32 alone and has no
 * gradient, so plain operations run in its place under `tf.grad`.
 *
 * @example
 * runsFused(adamKernel, [first, second, gradient]);
 */
export const runsFused = (kernel: string, tensors: readonly Tensor[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32') && !isDifferentiating() && hasKernel(kernel);
