import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** The values of a tensor, in place. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** The memory of a backend whose tensors JavaScript accesses in place. */
export interface HostMemory {
  /** The values of a tensor. Invalid after the next `make`, which may move the memory. */
  readonly tensorValues: (tensor: TensorInfo) => HostNumbers;
  /** Makes an uninitialised tensor. */
  readonly make: (shape: readonly number[], dtype: DataType) => TensorInfo;
}

/** A call of a kernel on such a backend. */
export interface HostCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly memory: HostMemory;
  /** Runs tfjs's own kernel. */
  readonly stock: () => TensorInfo;
}

/** A kernel shared by all of these backends. */
export interface HostKernel {
  readonly name: string;
  readonly run: (call: HostCall) => TensorInfo;
}
