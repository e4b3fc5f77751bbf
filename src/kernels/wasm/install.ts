import { replaceKernels, restoreKernels, running } from '../../ops/registry.ts';
import { withFloatInputs } from '../floatInputs.ts';
import { kernelModule } from './kernelModule.ts';
import { guardMemory, unguardMemory } from './memory.ts';
import { isWasmBackend, type WasmBackend } from './wasmBackend.ts';
import { wasmKernelFunc } from './wasmKernel.ts';
import { wasmKernels } from './wasmKernels.ts';

const name = 'wasm';

const kernels = withFloatInputs(
  name,
  wasmKernels.map((kernel) => ({ name: kernel.name, kernelFunc: (stock) => wasmKernelFunc(kernel, stock) })),
);

/** The running wasm backend. */
const wasm = (): WasmBackend | undefined => {
  const backend = running(name);
  return isWasmBackend(backend) ? backend : undefined;
};

const refused: unique symbol = Symbol.for('tfjs-bayesian/kernelsRefused');

/** Whether the machine can run our kernels on a backend. Why it cannot is said once for each backend. */
const runs = (backend: WasmBackend): boolean => {
  if (refused in backend) return false;
  try {
    kernelModule(backend);
    return true;
  } catch (error) {
    Object.defineProperty(backend, refused, { value: true });
    console.warn(`tfjs-bayesian: its kernels cannot run on this wasm backend, so tfjs's own do. ${error}`);
    return false;
  }
};

/** Puts our kernels in place of tfjs's, if the wasm backend has been started and the machine can run them. */
export const installWasm = (): void => {
  const backend = wasm();
  if (backend === undefined || !runs(backend)) return;
  guardMemory(backend);
  replaceKernels(name, kernels);
};

/** Puts tfjs's kernels back. */
export const uninstallWasm = (): void => {
  const backend = wasm();
  if (backend) unguardMemory(backend);
  restoreKernels(name, kernels);
};
