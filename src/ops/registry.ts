import {
  engine,
  getBackend,
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/**
 * Whether a backend, by default the current one, has a kernel of this name.
 *
 * @example
 * hasKernel(adamKernel); // true on wasm and webgpu, unless `useKernels(false)` was called
 */
export const hasKernel = (name: string, backendName: string = getBackend()): boolean =>
  getKernel(name, backendName) !== undefined;

/** The kernel that a backend has if `src/backend/setup.ts` was imported; its own setup installs the others. */
export const setupKernel = 'TfjsBayesianSetup';

/** One of our kernels for a backend. It may call tfjs's kernel of the same name, if there is one. */
export interface OwnKernel {
  readonly name: string;
  readonly kernelFunc: (stock: KernelFunc | undefined) => KernelFunc;
}

const stock: unique symbol = Symbol.for('tfjs-bayesian/stockKernel');
const mended: unique symbol = Symbol.for('tfjs-bayesian/mendedKernel');

/** A kernel in tfjs's registry; one of ours keeps the one it replaced. */
type Registered = KernelConfig & {
  readonly [stock]?: { readonly config: KernelConfig | undefined };
  readonly [mended]?: true;
};

const replace = (name: string, backendName: string, config: KernelConfig | undefined): void => {
  if (hasKernel(name, backendName)) unregisterKernel(name, backendName);
  if (config) registerKernel(config);
};

/** Registers kernels in place of tfjs's own, unless they are already registered. */
export const replaceKernels = (backendName: string, kernels: readonly OwnKernel[]): void => {
  for (const { name, kernelFunc } of kernels) {
    const config = getKernel(name, backendName) as Registered | undefined;
    if (config?.[stock]) continue;
    const ours: Registered = {
      // tfjs's own setup must still run: ours may call its kernel.
      ...config,
      kernelName: name,
      backendName,
      kernelFunc: kernelFunc(config?.kernelFunc),
      [stock]: { config },
    };
    replace(name, backendName, ours);
  }
};

/** Changes one of tfjs's own kernels, once and for good: it stays so while ours are off, and ours may replace it. */
export const mendKernel = (
  name: string,
  backendName: string,
  mend: (stock: KernelFunc) => KernelFunc,
): void => {
  const config = getKernel(name, backendName) as Registered | undefined;
  if (config === undefined || config[stock] || config[mended]) return;
  const changed: Registered = { ...config, kernelFunc: mend(config.kernelFunc), [mended]: true };
  replace(name, backendName, changed);
};

/** Registers tfjs's own kernels again. */
export const restoreKernels = (backendName: string, kernels: readonly { readonly name: string }[]): void => {
  for (const { name } of kernels) {
    const config = getKernel(name, backendName) as Registered | undefined;
    if (config?.[stock]) replace(name, backendName, config[stock].config);
  }
};

/**
 * Whether a backend's kernel of this name is ours, and not one that was registered in its place.
 *
 * @example
 * isOurs('BatchMatMul', 'wasm'); // true while our kernels are on
 */
export const isOurs = (name: string, backendName: string): boolean =>
  (getKernel(name, backendName) as Registered | undefined)?.[stock] !== undefined;

/** A backend that has been started; unlike `tf.findBackend` this does not start it. */
export const running = (name: string): KernelBackend | undefined => engine().registry[name];
