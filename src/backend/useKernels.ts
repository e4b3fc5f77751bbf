import { engine } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { installCpu, uninstallCpu } from '../kernels/cpu/install.ts';
import { installWasm, uninstallWasm } from '../kernels/wasm/install.ts';
import { installWebgpu, uninstallWebgpu } from '../kernels/webgpu/install.ts';

const place: unique symbol = Symbol.for('tfjs-bayesian/useKernels');

/** On the engine, of which there is one however many copies of this library a program has loaded. */
const home = () => engine() as ReturnType<typeof engine> & { [place]?: boolean };

/** Whether our kernels are wanted; they are unless `useKernels(false)` was called. */
export const kernelsWanted = (): boolean => home()[place] ?? true;

/** Puts our kernels in their places on every backend that has been started. */
export const installKernels = (): void => {
  installCpu();
  installWasm();
  installWebgpu();
};

const uninstallKernels = (): void => {
  uninstallCpu();
  uninstallWasm();
  uninstallWebgpu();
};

/**
 * Turns the library's own kernels on, as they are from the start, or off. They stand in for some of TensorFlow.js's on
 * its wasm backend and make plain `tf.*` code faster: matrix products that are batched or transposed, and copies. They
 * make random draws there, bring the gradients of convolutions and of `tf.gather`, which it lacks there, take Adam's step
 * in one pass, and make running out of memory an exception. On webgpu they make random draws, a normal posterior's draw,
 * Adam's step and sums, cut products that would leave a GPU idle or be refused, hand small tensors over quickly, and mend
 * some that are wrong there. On cpu, and on the others too, they keep the digits of long sums. Turned off, everything runs on
 * TensorFlow.js alone, with the same results up to rounding where it has them right. Other backends are not concerned.
 *
 * @throws Error if `on` is no boolean
 * @example
 * useKernels(false); // to see whether a problem is ours
 */
export const useKernels = (on: boolean): void => {
  if (typeof on !== 'boolean') invalidArgument('useKernels: on', 'true or false', on);
  home()[place] = on;
  if (on) installKernels();
  else uninstallKernels();
};
