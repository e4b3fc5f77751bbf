import { engine, type KernelBackend } from '@tensorflow/tfjs-core';
import { kernelModule } from './kernelModule.ts';
import { guardMemory, unguardMemory } from './memory.ts';
import { register, unregister } from './register.ts';
import { isWasmBackend, type WasmBackend } from './wasmBackend.ts';

/** The running wasm backend; unlike `tf.findBackend` this does not start it. */
const running = (): WasmBackend | undefined => {
  const backend = (engine() as unknown as { registry: Readonly<Record<string, KernelBackend>> }).registry
    .wasm;
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
export const install = (): void => {
  const backend = running();
  if (backend === undefined || !runs(backend)) return;
  guardMemory(backend);
  register();
};

/** Puts tfjs's kernels back. */
export const uninstall = (): void => {
  const backend = running();
  if (backend) unguardMemory(backend);
  unregister();
};
