import * as wasm from '../kernels/wasm/index.ts';
import * as webgpu from '../kernels/webgpu/index.ts';

/** Our kernels for the backends for which they are large. */
export interface KernelSets {
  readonly wasm: typeof wasm;
  readonly webgpu: typeof webgpu;
}

/** The kernels that are loaded: all of them, where size does not matter. In a page `kernelSetsOnDemand` stands in. */
export const loadedKernels: Partial<KernelSets> = { wasm, webgpu };

/** Loads the kernels for a backend, where they are not loaded yet. */
export const loadKernels = async (_name: keyof KernelSets): Promise<void> => {};
