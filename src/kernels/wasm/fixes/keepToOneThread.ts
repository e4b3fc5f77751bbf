import { env } from '@tensorflow/tfjs-core';
import { running } from '../../../ops/registry.ts';

/** The flag that enables threads in TensorFlow.js's wasm package on cross-origin isolated pages. */
const flag = 'WASM_HAS_MULTITHREAD_SUPPORT';

/**
 * Keeps a wasm backend that has not started yet to one thread; a program may set the flag later. With threads the
 * backend never starts if a bundler has renamed the code it passes to its workers, as Vite does by default.
 */
export const keepToOneThread = (): void => {
  if (running('wasm')) return;
  // A flag must be registered before it is set. The package registers it again when imported, which keeps the value.
  env().registerFlag(flag, () => false);
  env().set(flag, false);
};
