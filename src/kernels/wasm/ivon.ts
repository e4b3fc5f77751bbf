import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type IvonApplyNumbers, type IvonNumbers, ivonApplyKernel, ivonKernel } from '../../ops/ivon.ts';
import { kernelModule } from './kernelModule.ts';
import { withScratch } from './memory.ts';
import { ranges, runPartsWithScratch } from './threads/parts.ts';
import { outputOver, tensorAddress, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 8192;

/** What a step reads, and where its results go. */
interface Step {
  readonly read: readonly [momentum: TensorInfo, dMean: TensorInfo, dLogStd: TensorInfo, logStd: TensorInfo];
  readonly written: readonly [momentum: TensorInfo, mean: TensorInfo, logStd: TensorInfo];
  /** The means. If they are given, the results are the next parameters, else their updates. */
  readonly mean?: TensorInfo;
}

/** Takes a step; returns a scalar that is NaN if a precision was lost, else 0. */
const step = (
  backend: WasmBackend,
  { read, written, mean }: Step,
  { rate1, coarse, rate2, scale, learningRate, clipRadius, limit }: IvonNumbers,
): TensorInfo => {
  const lost = backend.makeOutput([], 'float32');
  const { ivonScratch, sumRows } = kernelModule(backend);
  const parts = ranges(backend, util.sizeFromShape(read[0].shape), 16, FEWEST);
  const addresses = [...read, ...written].map((tensor) => tensorAddress(backend, tensor));
  const means = mean === undefined ? undefined : tensorAddress(backend, mean);
  withScratch(backend, 4 * parts.length, (losses) => {
    runPartsWithScratch(
      backend,
      'ivon',
      ivonScratch(),
      parts.map(([start, end], part) => {
        const [m, slope, spread, own, next, moved, change] = addresses.map(
          (address) => address + 4 * start,
        ) as [number, number, number, number, number, number, number];
        return [
          ...([end - start, m, slope, spread, own, next, moved, change] as const),
          ...([means === undefined ? 0 : means + 4 * start, rate1, coarse, rate2] as const),
          ...([scale, learningRate, clipRadius, limit, losses + 4 * part] as const),
        ] as const;
      }),
    );
    sumRows(1, parts.length, 1, losses, tensorAddress(backend, lost));
  });
  return lost;
};

/** A step of IVON in one pass; see `ivonKernel`. */
export const ivon: WasmKernel<IvonNumbers, TensorInfo[]> = {
  name: ivonKernel,
  run: ({ inputs, attrs, backend }) => {
    const read = [inputs.momentum!, inputs.dMean!, inputs.dLogStd!, inputs.logStd!] as const;
    const output = ({ shape }: TensorInfo): TensorInfo => backend.makeOutput(shape, 'float32');
    const written = [output(read[0]), output(read[1]), output(read[2])] as const;
    return [...written, step(backend, { read, written }, attrs)];
  },
};

/** The same with the parameters moved, perhaps in place; see `ivonApplyKernel`. */
export const ivonApply: WasmKernel<IvonApplyNumbers, TensorInfo[]> = {
  name: ivonApplyKernel,
  run: ({ inputs, attrs, backend }) => {
    const output = outputOver(backend, attrs.inPlace);
    const [momentum, mean, logStd] = [inputs.momentum!, inputs.mean!, inputs.logStd!];
    const read = [momentum, inputs.dMean!, inputs.dLogStd!, logStd] as const;
    const written = [output(momentum), output(mean), output(logStd)] as const;
    return [...written, step(backend, { read, written, mean }, attrs)];
  },
};
