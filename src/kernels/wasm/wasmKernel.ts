import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Attributes, type Kernel, type KernelCall, kernelFunc, stepOn } from '../kernel.ts';
import type { WasmBackend } from './wasmBackend.ts';

/** A call of a kernel on the wasm backend. */
export type WasmCall<A = Attributes> = KernelCall<WasmBackend, A>;

/** One of our kernels on the wasm backend. */
export type WasmKernel<A = Attributes, Y = TensorInfo | TensorInfo[]> = Kernel<WasmBackend, A, Y>;

/** A kernel in the form that tfjs registers. */
export const wasmKernelFunc = kernelFunc<WasmBackend>('wasm');

/** Runs another kernel of the backend on intermediate data of the calling kernel. */
export const step = stepOn('wasm');
