import { Cast, Mean, Sum, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  type AxisRun,
  type ParsedReduction,
  parseReduction,
  type Reduction,
  reducedCount,
  reduceRuns,
} from '../axisRuns.ts';
import { kernelModule } from './kernelModule.ts';
import { tensorValues } from './tensorValues.ts';
import { cut, partCount, runParts, runPartsWithScratch } from './threads/parts.ts';
import { tensorAddress, type WasmBackend } from './wasmBackend.ts';
import { step, type WasmKernel } from './wasmKernel.ts';

/** The fewest numbers of a part. */
const FEWEST = 32_768;

/** The columns of which the compiled kernel treats all together. */
const NARROW = 32;

const sumRun = (
  backend: WasmBackend,
  x: TensorInfo,
  { before, count, after }: AxisRun,
  divisor: number,
): TensorInfo => {
  const out = backend.makeOutput([before, after], 'float32');
  const [from, to] = [tensorAddress(backend, x), tensorAddress(backend, out)];
  const parts = partCount(backend, before * count * after, FEWEST);
  if (after === 1)
    runParts(
      backend,
      'sumRows',
      cut(before, parts, 1).map(
        ([first, last]) => [last - first, count, divisor, from + 4 * first * count, to + 4 * first] as const,
      ),
    );
  else {
    const inMatrices = cut(before, Math.max(1, Math.min(before, parts)), 1);
    const inColumns = cut(after, after < 2 * NARROW ? 1 : Math.ceil(parts / Math.max(1, before)), NARROW);
    runPartsWithScratch(
      backend,
      'sumColumns',
      kernelModule(backend).sumScratch(after),
      inMatrices.flatMap(([first, last]) =>
        inColumns.map(
          ([start, end]) =>
            [
              ...([last - first, count, end - start, 4 * after, divisor] as const),
              ...([from + 4 * (first * count * after + start), to + 4 * (first * after + start)] as const),
            ] as const,
        ),
      ),
    );
  }
  return out;
};

const sums = (backend: WasmBackend, x: TensorInfo, reduction: ParsedReduction, divisor: number): TensorInfo =>
  reduceRuns(backend, x, reduction, (from, run) =>
    sumRun(backend, from, run, run === reduction.runs.at(-1) ? divisor : 1),
  );

/**
 * Float32 sums over any axes, vectorised and in place; long sums lose no digits. tfjs's own kernel adds one number at
 * a time, transposes the tensor first unless the axes are the last ones, and leaves an empty sum uninitialised.
 */
export const sum: WasmKernel<Reduction> = {
  name: Sum,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const reduction = parseReduction(x.shape, call.attrs);
    if (x.dtype === 'float32' && reduction.runs.length > 0) return sums(call.backend, x, reduction, 1);
    const out = stock(call);
    if (x.shape.includes(0)) tensorValues(call.backend, out).fill(0);
    return out;
  },
};

/** Means, likewise; an empty mean is NaN. */
export const mean: WasmKernel<Reduction> = {
  name: Mean,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const reduction = parseReduction(x.shape, call.attrs);
    if (reduction.runs.length === 0) return stock(call);
    const count = reducedCount(reduction);
    if (x.dtype === 'float32') return sums(call.backend, x, reduction, count);
    const floats = step(Cast, { x }, call, { dtype: 'float32' });
    const means = sums(call.backend, floats, reduction, count);
    call.backend.disposeData(floats.dataId);
    return means;
  },
};
