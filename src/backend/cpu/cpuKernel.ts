import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Attributes, type Kernel, type KernelCall, kernelFunc, stepOn } from '../kernel.ts';
import type { CpuBackend } from './cpuBackend.ts';

/** A call of a kernel on the cpu backend. */
export type CpuCall<A = Attributes> = KernelCall<CpuBackend, A>;

/** One of our kernels on the cpu backend. */
export type CpuKernel<A = Attributes> = Kernel<CpuBackend, A, TensorInfo>;

/** A kernel in the form that tfjs registers. */
export const cpuKernelFunc = kernelFunc<CpuBackend>('cpu');

/** Runs another kernel of the backend on intermediate data, of which nobody but the calling kernel knows. */
export const step = stepOn('cpu');
