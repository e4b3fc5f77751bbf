import { getBackend, getKernel } from '@tensorflow/tfjs-core';

/**
 * Whether a backend, by default the current one, has a kernel of this name.
 *
 * @example
 * hasKernel(adamKernel); // true on wasm and webgpu, unless `useKernels(false)` was called
 */
export const hasKernel = (name: string, backendName: string = getBackend()): boolean =>
  getKernel(name, backendName) !== undefined;
