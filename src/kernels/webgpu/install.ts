import type { KernelFunc } from '@tensorflow/tfjs-core';
import { replaceKernels, restoreKernels, running } from '../../ops/registry.ts';
import { wrapped } from '../wrapped.ts';
import { explainReading } from './explainReading.ts';
import { fixes } from './fixes/fixes.ts';
import { uploadAsBefore, uploadSmallByQueue } from './smallUploads.ts';
import { isWebgpuBackend } from './webgpuBackend.ts';
import { webgpuKernelFunc } from './webgpuKernel.ts';
import { webgpuKernels } from './webgpuKernels.ts';

const name = 'webgpu';

const kernels = wrapped(name, [
  ...webgpuKernels.map((kernel) => ({
    name: kernel.name,
    kernelFunc: (stock: KernelFunc | undefined) => webgpuKernelFunc(kernel, stock),
  })),
  ...fixes,
]);

/** Replaces tfjs's kernels by ours, if the webgpu backend is running. */
export const installWebgpu = (): void => {
  const backend = running(name);
  if (!isWebgpuBackend(backend)) return;
  // Also where these kernels were loaded after the backend had started.
  explainReading(backend);
  uploadSmallByQueue(backend);
  replaceKernels(name, kernels);
};

/** Restores tfjs's kernels. */
export const uninstallWebgpu = (): void => {
  const backend = running(name);
  if (backend !== undefined) uploadAsBefore(backend);
  restoreKernels(name, kernels);
};
