import { Sum, type TensorInfo } from '@tensorflow/tfjs-core';
import { type AxisRun, parseReduction, type Reduction, reduceRuns } from '../axisRuns.ts';
import { kernelModule } from './kernelModule.ts';
import { addressOf, type WasmBackend } from './wasmBackend.ts';
import type { WasmKernel } from './wasmKernel.ts';

const sumRun =
  (backend: WasmBackend) =>
  (x: TensorInfo, { before, count, after }: AxisRun): TensorInfo => {
    const out = backend.makeOutput([before, after], 'float32');
    const { sumColumns, sumRows } = kernelModule(backend);
    const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
    if (after === 1) sumRows(before, count, from, to);
    else sumColumns(before, count, after, from, to);
    return out;
  };

/**
 * Sums of float32 over any axes, several numbers at a time and where they stand. tfjs's own kernel takes one after the
 * other, turns the tensor first if the axes are not its last, and leaves the sum of nothing unset.
 */
export const sum: WasmKernel = {
  name: Sum,
  run: (call, stock) => {
    const x = call.inputs.x!;
    const reduction = parseReduction(x.shape, call.attrs as unknown as Reduction);
    return x.dtype === 'float32' && reduction.runs.length > 0
      ? reduceRuns(call.backend, x, reduction, sumRun(call.backend))
      : stock(call);
  },
};
