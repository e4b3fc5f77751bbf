import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Attributes, type Kernel, type KernelCall, kernelFunc, stepOn } from '../kernel.ts';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** A call of a kernel on the webgpu backend. */
export type WebgpuCall<A = Attributes> = KernelCall<WebgpuBackend, A>;

/** One of our kernels on the webgpu backend. */
export type WebgpuKernel<A = Attributes, Y = TensorInfo | TensorInfo[]> = Kernel<WebgpuBackend, A, Y>;

/** A kernel in the form that tfjs registers. */
export const webgpuKernelFunc = kernelFunc<WebgpuBackend>('webgpu');

/** Runs another kernel of the backend on intermediate data of the calling kernel. */
export const step = stepOn('webgpu');
