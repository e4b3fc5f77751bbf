import { All, type DataType, Mean, util } from '@tensorflow/tfjs-core';
import { parseReduction, type Reduction } from '../axisRuns.ts';
import type { CpuKernel } from './cpuKernel.ts';

/** A reduction that gives this of nothing, where tfjs's gives 0. */
const reduction = (name: string, dtype: DataType, value: number): CpuKernel<Reduction> => ({
  name,
  run: (call, stock) => {
    const { shape } = call.inputs.x!;
    const reduced = parseReduction(shape, call.attrs);
    if (!shape.includes(0) || reduced.runs.length === 0) return stock(call);
    const size = util.sizeFromShape(reduced.shape);
    const nothing = dtype === 'bool' ? new Uint8Array(size) : new Float32Array(size);
    return call.backend.makeTensorInfo(reduced.shape, dtype, nothing.fill(value));
  },
});

/** Reductions of nothing: a mean is NaN, and all of it is true. */
export const ofNothing: readonly CpuKernel<Reduction>[] = [
  reduction(Mean, 'float32', Number.NaN),
  reduction(All, 'bool', 1),
];
