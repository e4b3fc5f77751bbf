import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type IvonNumbers, ivonKernel } from '../../ops/ivon.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { ranges, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** A step of IVON in one pass; see `ivonKernel`. */
export const ivon: WasmKernel<IvonNumbers, TensorInfo[]> = {
  name: ivonKernel,
  run: ({ inputs, attrs, backend }) => {
    const [momentum, dMean, dLogStd, logStd] = [
      inputs.momentum!,
      inputs.dMean!,
      inputs.dLogStd!,
      inputs.logStd!,
    ];
    const { rate1, coarse, rate2, scale, learningRate, clipRadius, limit } = attrs;
    const outputs = [momentum, dMean, dLogStd].map(({ shape }) => backend.makeOutput(shape, 'float32'));
    const lost = backend.makeOutput([], 'float32');
    const { ivonScratch, sumRows } = kernelModule(backend);
    const parts = ranges(backend, util.sizeFromShape(momentum.shape), 16, FEWEST);
    const at = (tensor: TensorInfo | undefined): number => tensorAddress(backend, tensor!);
    const tensors = [momentum, dMean, dLogStd, logStd, ...outputs].map(at);
    withScratch(backend, 4 * parts.length, (losses) => {
      runPartsWithScratch(
        backend,
        'ivon',
        ivonScratch(),
        parts.map(([start, end], part) => {
          const [m, mean, spread, own, next, moved, change] = tensors.map(
            (address) => address + 4 * start,
          ) as [number, number, number, number, number, number, number];
          return [
            ...([end - start, m, mean, spread, own, next, moved, change] as const),
            ...([rate1, coarse, rate2, scale, learningRate, clipRadius, limit] as const),
            losses + 4 * part,
          ] as const;
        }),
      );
      sumRows(1, parts.length, 1, losses, at(lost));
    });
    return [...outputs, lost];
  },
};
