import { replaceKernels, restoreKernels, running } from '../../ops/registry.ts';
import { wrapped } from '../wrapped.ts';
import { kernelModule } from './kernelModule.ts';
import { guardMemory, unguardMemory } from './memory.ts';
import { isWasmBackend, type WasmBackend } from './wasmBackend.ts';
import { wasmKernelFunc } from './wasmKernel.ts';
import { wasmKernels } from './wasmKernels.ts';

const name = 'wasm';

const kernels = wrapped(
  name,
  wasmKernels.map((kernel) => ({ name: kernel.name, kernelFunc: (stock) => wasmKernelFunc(kernel, stock) })),
);

/** The running wasm backend. */
const wasm = (): WasmBackend | undefined => {
  const backend = running(name);
  return isWasmBackend(backend) ? backend : undefined;
};

const refused: unique symbol = Symbol.for('tfjs-bayesian/kernelsRefused');

/** Whether the machine can run our kernels on a backend. If not, the reason is logged once per backend. */
const runs = (backend: WasmBackend): boolean => {
  if (refused in backend) return false;
  try {
    kernelModule(backend);
    return true;
  } catch (error) {
    Object.defineProperty(backend, refused, { value: true });
    console.warn(`tfjs-bayesian: its kernels cannot run on this wasm backend, so tfjs's are used. ${error}`);
    return false;
  }
};

/** Replaces tfjs's kernels by ours, if the wasm backend is running and the machine can run them. */
export const installWasm = (): void => {
  const backend = wasm();
  if (backend === undefined || !runs(backend)) return;
  guardMemory(backend);
  replaceKernels(name, kernels);
};

/** Restores tfjs's kernels. */
export const uninstallWasm = (): void => {
  const backend = wasm();
  if (backend) unguardMemory(backend);
  restoreKernels(name, kernels);
};
