import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { kernelFunc } from './wasmKernel.ts';
import { wasmKernels } from './wasmKernels.ts';

const stock: unique symbol = Symbol.for('tfjs-bayesian/stockKernel');

/** A kernel in tfjs's registry; one of ours remembers what was there before. */
type Registered = KernelConfig & { readonly [stock]?: { readonly config: KernelConfig | undefined } };

const backendName = 'wasm';

const replace = (name: string, config: KernelConfig | undefined): void => {
  if (getKernel(name, backendName)) unregisterKernel(name, backendName);
  if (config) registerKernel(config);
};

/** Registers our kernels with tfjs in place of its own; those that are registered already stay. */
export const register = (): void => {
  for (const kernel of wasmKernels) {
    const config = getKernel(kernel.name, backendName) as Registered | undefined;
    if (config?.[stock]) continue;
    const ours: Registered = {
      // tfjs's own setup has to run on: ours may hand a call on.
      ...config,
      kernelName: kernel.name,
      backendName,
      kernelFunc: kernelFunc(kernel, config?.kernelFunc),
      [stock]: { config },
    };
    replace(kernel.name, ours);
  }
};

/** Registers tfjs's own kernels again. */
export const unregister = (): void => {
  for (const { name } of wasmKernels) {
    const config = getKernel(name, backendName) as Registered | undefined;
    if (config?.[stock]) replace(name, config[stock].config);
  }
};
