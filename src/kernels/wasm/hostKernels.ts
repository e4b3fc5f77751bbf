import type { HostMemory, HostNumbers } from '../host/hostKernel.ts';
import { hostKernels as kernels } from '../host/hostKernels.ts';
import { tensorValues } from './tensorValues.ts';
import type { WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

const hostMemory = (backend: WasmBackend): HostMemory => ({
  tensorValues: (tensor): HostNumbers => tensorValues(backend, tensor),
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
