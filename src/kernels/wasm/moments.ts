import type { TensorInfo } from '@tensorflow/tfjs-core';
import { momentsKernels } from '../../ops/moments.ts';
import { kernelModule } from './kernelModule.ts';
import { cut, partCount, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 16_384;

/** Means and variances over positions; see `momentsKernels`. */
const forward: WasmKernel<object, TensorInfo> = {
  name: momentsKernels.forward,
  run: ({ inputs, backend }) => {
    const x = inputs.x!;
    const [rows = 0, positions = 0, channels = 0] = x.shape;
    const out = backend.makeOutput([rows, 2, channels], 'float32');
    const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
    const length = positions * channels;
    runPartsWithScratch(
      backend,
      'moments',
      kernelModule(backend).momentsScratch(channels),
      cut(rows, partCount(backend, rows * length, FEWEST), 1).map(
        ([first, last]) =>
          [
            ...([last - first, positions, channels] as const),
            ...([from + 4 * first * length, to + 8 * first * channels] as const),
          ] as const,
      ),
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
    const length = positions * channels;
    runPartsWithScratch(
      backend,
      'momentsGradient',
      kernelModule(backend).momentsScratch(channels),
      cut(rows, partCount(backend, rows * length, FEWEST), 1).map(([first, last]) => {
        const [own, skipped] = [8 * first * channels, 4 * first * length];
        return [
          ...([last - first, positions, channels] as const),
          ...([slopes + own, from + skipped, known + own, to + skipped] as const),
        ] as const;
      }),
    );
    return out;
  },
};

/** Means and variances, and their gradient. */
export const bothMoments: readonly WasmKernel<object, TensorInfo>[] = [forward, gradient];
