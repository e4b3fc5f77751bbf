import type { OwnKernel } from '../ops/registry.ts';
import { dtypeWrappers } from './inputDtypes.ts';
import { stridedSlice } from './stridedSlice.ts';
import { volumeWrappers } from './volumes.ts';

const stockKernel = (name: string): OwnKernel => ({
  name,
  kernelFunc: (stock) => {
    if (stock === undefined) throw new Error(`the backend has no kernel ${name}`);
    return stock;
  },
});

/** The kernels of a backend with what is done around them, and around tfjs's own: the last of a kernel outermost. */
export const wrapped = (backendName: string, kernels: readonly OwnKernel[]): readonly OwnKernel[] => {
  // Of several kernels of a name the first counts, as in `replaceKernels`.
  const all = new Map([...kernels].reverse().map((kernel) => [kernel.name, kernel]));
  for (const { name, wrap } of [
    ...dtypeWrappers(backendName),
    ...volumeWrappers(backendName),
    stridedSlice,
  ]) {
    const { kernelFunc } = all.get(name) ?? stockKernel(name);
    all.set(name, { name, kernelFunc: (stock) => wrap(kernelFunc(stock)) });
  }
  return [...all.values()];
};
