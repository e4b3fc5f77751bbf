import type * as tf from '@tensorflow/tfjs-core';
import { isWasmBackend, tensorAddress, wasmMemory } from '../kernels/wasm/wasmBackend.ts';
import { running } from '../ops/registry.ts';
import { leaves, unflatten } from '../tree/index.ts';
import { isOnWasm, sharedTensor, type TensorValues, valuesClass } from './encode.ts';

/** Whether this thread can share memory with others: a page can if it is isolated from other origins. */
const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

/** Arrays begin at multiples of this many bytes. */
const ALIGNMENT = 16;

/** Arrays for the tensors of some trees, in one piece of memory. */
interface Allotted {
  readonly buffer: SharedArrayBuffer;
  readonly arrays: readonly (readonly TensorValues[])[];
}

/**
 * Memory for the values of trees of tensors that threads share, in `old` if it is large enough.
 *
 * @returns `undefined` where threads cannot share memory, and for tensors without bytes, such as strings
 * @example
 * const { buffer, arrays } = allot([params, batch, params])!;
 */
export const allot = (trees: readonly unknown[], old?: SharedArrayBuffer): Allotted | undefined => {
  const tensors = trees.map(leaves);
  if (!canShare() || tensors.flat().some(({ dtype }) => valuesClass(dtype) === undefined)) return undefined;
  let end = 0;
  const places = tensors.map((each) =>
    each.map(({ size, dtype }) => {
      const Values = valuesClass(dtype)!;
      const start = end;
      end += Math.ceil((size * Values.BYTES_PER_ELEMENT) / ALIGNMENT) * ALIGNMENT;
      return { Values, start, size };
    }),
  );
  const buffer = old !== undefined && old.byteLength >= end ? old : new SharedArrayBuffer(end);
  return {
    buffer,
    arrays: places.map((each) => each.map(({ Values, start, size }) => new Values(buffer, start, size))),
  };
};

/** Writes the values of a tensor into an array. */
const write = async (tensor: tf.Tensor, values: TensorValues): Promise<void> => {
  const backend = isOnWasm(tensor) ? running('wasm') : undefined;
  if (!isWasmBackend(backend)) return values.set((await tensor.data()) as TensorValues);
  // Straight from the memory of wasm: reading a tensor would copy it once more.
  const Values = valuesClass(tensor.dtype)!;
  values.set(new Values(wasmMemory(backend).buffer, tensorAddress(backend, tensor), tensor.size));
};

/**
 * Writes the tensors of a tree into arrays, in the order of its leaves.
 *
 * @example
 * await writeTree(gradient, arrays);
 */
export const writeTree = async (tree: unknown, arrays: readonly TensorValues[]): Promise<void> => {
  await Promise.all(leaves(tree).map((tensor, i) => write(tensor, arrays[i]!)));
};

/**
 * Writes the tensors of a tree into arrays, and returns the tree as `encode` sends it without a copy.
 *
 * @example
 * const config = { params: await shareTree(params, arrays) };
 */
export const shareTree = async <T>(tree: T, arrays: readonly TensorValues[]): Promise<T> => {
  await writeTree(tree, arrays);
  return unflatten(tree)(leaves(tree).map((tensor, i) => sharedTensor(tensor, arrays[i]!)));
};
