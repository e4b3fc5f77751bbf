import { engine } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { installCpu, uninstallCpu } from '../kernels/cpu/install.ts';
import { running } from '../ops/registry.ts';
import { loadedKernels, loadKernels } from './kernelSets.ts';

const place: unique symbol = Symbol.for('tfjs-bayesian/useKernels');

/** Stored on the engine, which all loaded copies of this library share. */
const home = () => engine() as ReturnType<typeof engine> & { [place]?: boolean };

/** Whether our kernels are enabled; the default is true. */
export const kernelsWanted = (): boolean => home()[place] ?? true;

const names = ['wasm', 'webgpu'] as const;

const installLater = async (name: (typeof names)[number]): Promise<void> => {
  await loadKernels(name);
  if (kernelsWanted()) loadedKernels[name]?.install();
};

/** Installs our kernels on every running backend: at once, or where they are still to be loaded, when they are. */
export const installKernels = (): void => {
  installCpu();
  for (const name of names) {
    if (!running(name)) continue;
    const kernels = loadedKernels[name];
    if (kernels) kernels.install();
    else void installLater(name);
  }
};

const uninstallKernels = (): void => {
  uninstallCpu();
  for (const name of names) loadedKernels[name]?.uninstall();
};

/**
 * Turns the library's own kernels on (the default) or off. On wasm they replace some of TensorFlow.js's and make plain
 * `tf.*` code faster: batched or transposed matrix products, and copies. They also add random draws, the gradients of
 * convolutions and of `tf.gather`, which the backend lacks, a one-pass Adam step, and an exception when memory runs
 * out. On webgpu they add random draws, a normal posterior's draw, Adam's step and sums, split products that would
 * leave a GPU idle or be rejected, upload small tensors quickly, and fix some wrong kernels. On all three, cpu
 * included, they keep the digits of long sums. Turned off, everything runs on TensorFlow.js alone, with the same
 * results up to rounding where TensorFlow.js is right. Other backends are not affected.
 *
 * @throws Error if `on` is not a boolean
 * @example
 * useKernels(false); // to check whether a problem is ours
 */
export const useKernels = (on: boolean): void => {
  if (typeof on !== 'boolean') invalidArgument('useKernels: on', 'true or false', on);
  home()[place] = on;
  if (on) installKernels();
  else uninstallKernels();
};
