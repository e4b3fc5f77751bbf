import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { tensorAddress, type WasmBackend, wasmMemory } from './wasmBackend.ts';

const views = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** The values of a tensor where they are, until the next allocation: memory that grows is another buffer. */
export const tensorValues = <D extends keyof typeof views = keyof typeof views>(
  backend: WasmBackend,
  tensor: TensorInfo,
): InstanceType<(typeof views)[D]> => {
  const View = views[tensor.dtype as D];
  const start = tensorAddress(backend, tensor) >>> 0;
  return new View(wasmMemory(backend).buffer, start, util.sizeFromShape(tensor.shape)) as InstanceType<
    (typeof views)[D]
  >;
};
