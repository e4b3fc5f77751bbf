import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';

/** A call of a kernel on the webgpu backend. */
export interface WebgpuCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: WebgpuBackend;
}

/** One of our kernels: it stands in for tfjs's of the same name. */
export interface WebgpuKernel<Y extends TensorInfo | TensorInfo[] = TensorInfo | TensorInfo[]> {
  readonly name: string;
  readonly run: (call: WebgpuCall) => Y;
}
