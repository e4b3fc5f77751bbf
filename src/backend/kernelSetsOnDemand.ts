import { engine } from '@tensorflow/tfjs-core';
import type { KernelSets } from './kernelSets.ts';

/** The kernels that are loaded. */
export const loadedKernels: { -readonly [K in keyof KernelSets]?: KernelSets[K] } = {};

const loaders: { readonly [K in keyof KernelSets]: () => Promise<void> } = {
  wasm: async () => {
    const wasm = await import('../kernels/wasm/index.ts');
    await wasm.prepareBinary();
    loadedKernels.wasm = wasm;
  },
  webgpu: async () => {
    loadedKernels.webgpu = await import('../kernels/webgpu/index.ts');
  },
};

/** Loads the kernels for a backend, where they are not loaded yet. */
export const loadKernels = async (name: keyof KernelSets): Promise<void> => {
  if (loadedKernels[name] === undefined) await loaders[name]();
};

const hasKernels = (name: string): name is keyof KernelSets => Object.hasOwn(loaders, name);

interface Initializing {
  initializeBackend: (name: string) => unknown;
}

/** Lets TensorFlow.js load our kernels with a backend, whoever starts it: `tf.setBackend` or `tf.ready` awaits both. */
const loadWithBackends = (): void => {
  const home = engine();
  const starting = home as unknown as Initializing;
  const stock = starting.initializeBackend;
  starting.initializeBackend = (name) => {
    const entry = home.registryFactory[name];
    if (entry === undefined || !hasKernels(name)) return stock.call(home, name);
    const { factory } = entry;
    entry.factory = async () => {
      const [backend] = await Promise.all([factory(), loadKernels(name)]);
      return backend;
    };
    try {
      // It calls the factory at once.
      return stock.call(home, name);
    } finally {
      entry.factory = factory;
    }
  };
};

loadWithBackends();
