import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HostMemory, HostNumbers } from '../host/hostKernel.ts';
import { hostKernels as kernels } from '../host/hostKernels.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

const views = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

const hostMemory = (backend: WasmBackend): HostMemory => ({
  tensorValues: (tensor: TensorInfo): HostNumbers => {
    const View = views[tensor.dtype as keyof typeof views];
    const { buffer } = backend.wasm.asm.memory as WebAssembly.Memory;
    return new View(buffer, tensorAddress(backend, tensor) >>> 0, util.sizeFromShape(tensor.shape));
  },
  make: backend.makeOutput.bind(backend),
});

/** The kernels of the folder `host`, on the wasm backend's memory. */
export const hostKernels: readonly WasmKernel[] = kernels.map(({ name, run }) => ({
  name,
  run: (call, stock) =>
    run({
      inputs: call.inputs,
      attrs: call.attrs,
      memory: hostMemory(call.backend),
      stock: () => stock(call),
    }),
}));
