import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { tensorAddress, type WasmBackend } from '../wasmBackend.ts';

/** The numbers of a float32 tensor where they are. */
export const floatView = (backend: WasmBackend, tensor: TensorInfo): Float32Array => {
  const { buffer } = backend.wasm.asm.memory as WebAssembly.Memory;
  return new Float32Array(buffer, tensorAddress(backend, tensor) >>> 0, util.sizeFromShape(tensor.shape));
};

/**
 * Replaces each -Infinity by a number for its place. Kernels of tfjs that end with a bound from below put -Infinity in place of
 * NaN, whatever the bound.
 */
export const forEachLowest = (numbers: Float32Array, f: (at: number) => number): void => {
  const lowest = Number.NEGATIVE_INFINITY;
  for (let at = numbers.indexOf(lowest); at >= 0; at = numbers.indexOf(lowest, at + 1)) numbers[at] = f(at);
};
