import type { TensorInfo } from '@tensorflow/tfjs-core';
import { momentsKernels } from '../../ops/moments.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** Means and variances over positions; see `momentsKernels`. */
const forward: WasmKernel<object, TensorInfo> = {
  name: momentsKernels.forward,
  run: ({ inputs, backend }) => {
    const x = inputs.x!;
    const [rows = 0, positions = 0, channels = 0] = x.shape;
    const out = backend.makeOutput([rows, 2, channels], 'float32');
    const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
    const module = kernelModule(backend);
    withScratch(backend, module.momentsScratch(channels), (scratch) =>
      module.moments(rows, positions, channels, from, to, scratch),
    );
    return out;
  },
};

/** The gradient of `x`. */
const gradient: WasmKernel<object, TensorInfo> = {
  name: momentsKernels.gradient,
  run: ({ inputs, backend }) => {
    const [dy, x, found] = [inputs.dy!, inputs.x!, inputs.moments!];
    const [rows = 0, positions = 0, channels = 0] = x.shape;
    const out = backend.makeOutput(x.shape, 'float32');
    const [slopes, from, known, to] = [dy, x, found, out].map((tensor) => tensorAddress(backend, tensor)) as [
      number,
      number,
      number,
      number,
    ];
    const module = kernelModule(backend);
    withScratch(backend, module.momentsScratch(channels), (scratch) =>
      module.momentsGradient(rows, positions, channels, slopes, from, known, to, scratch),
    );
    return out;
  },
};

/** Means and variances, and their gradient. */
export const bothMoments: readonly WasmKernel<object, TensorInfo>[] = [forward, gradient];
