import { replaceKernels, restoreKernels, running } from '../../ops/registry.ts';
import { wrapped } from '../wrapped.ts';
import { cpuKernelFunc, isCpuBackend } from './cpuKernel.ts';
import { cpuKernels } from './cpuKernels.ts';

const name = 'cpu';

const kernels = wrapped(
  name,
  cpuKernels.map((kernel) => ({ name: kernel.name, kernelFunc: (stock) => cpuKernelFunc(kernel, stock) })),
);

/** Replaces tfjs's kernels by ours, if the cpu backend is running. */
export const installCpu = (): void => {
  if (!isCpuBackend(running(name))) return;
  replaceKernels(name, kernels);
};

/** Restores tfjs's kernels. */
export const uninstallCpu = (): void => restoreKernels(name, kernels);
