import { env } from '@tensorflow/tfjs-core';
import { running } from '../../../ops/registry.ts';

/** The flag of TensorFlow.js's wasm package by which it takes threads on cross-origin isolated pages. */
const flag = 'WASM_HAS_MULTITHREAD_SUPPORT';

/**
 * Keeps a wasm backend that has yet to start to one thread; a program that sets the flag later gets its threads. With
 * them it never starts where a bundler has renamed what it hands to its workers, and Vite does so by default.
 */
export const keepToOneThread = (): void => {
  if (running('wasm')) return;
  // A flag has to be registered before it is set. When the package is imported it does so again, and the value stays.
  env().registerFlag(flag, () => false);
  env().set(flag, false);
};
