import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.ts';

/** A call of a kernel on the wasm backend. */
export interface WasmCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: WasmBackend;
}

/** One of our kernels: it stands in for tfjs's of the same name, and may hand a call on to that. */
export interface WasmKernel<Y extends TensorInfo | TensorInfo[] = TensorInfo | TensorInfo[]> {
  readonly name: string;
  readonly run: (call: WasmCall, stock: (call: WasmCall) => TensorInfo) => Y;
}

/** A kernel in the form that tfjs registers. */
export const kernelFunc =
  ({ name, run }: WasmKernel, stock: KernelFunc | undefined): KernelFunc =>
  (given) => {
    const handOn = (call: WasmCall): TensorInfo => {
      if (stock === undefined) throw new Error(`${name} on the wasm backend does not take these inputs`);
      return stock(call as unknown as Parameters<KernelFunc>[0]) as TensorInfo;
    };
    return run(given as unknown as WasmCall, handOn);
  };
