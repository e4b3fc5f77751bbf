import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** The numbers of a tensor, in place. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** The memory of a backend whose tensors JavaScript reads and writes in place. */
export interface HostMemory {
  /** What a tensor holds. Asked for anew after each `make`, which may move the memory. */
  readonly valuesOf: (tensor: TensorInfo) => HostNumbers;
  /** A tensor whose numbers are to be set. */
  readonly make: (shape: readonly number[], dtype: DataType) => TensorInfo;
}

/** A call of a kernel on such a backend. */
export interface HostCall {
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly memory: HostMemory;
  /** What tfjs's own kernel gives. */
  readonly stock: () => TensorInfo;
}

/** A kernel that is the same for all of these backends. */
export interface HostKernel {
  readonly name: string;
  readonly run: (call: HostCall) => TensorInfo;
}
