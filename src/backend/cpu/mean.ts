import { Mean, util } from '@tensorflow/tfjs-core';
import { parseReduction, type Reduction } from '../axisRuns.ts';
import type { CpuKernel } from './cpuKernel.ts';

/** Means. Of nothing they are NaN, where tfjs's are 0. */
export const mean: CpuKernel<Reduction> = {
  name: Mean,
  run: (call, stock) => {
    const { shape } = call.inputs.x!;
    const reduced = parseReduction(shape, call.attrs);
    if (!shape.includes(0) || reduced.runs.length === 0) return stock(call);
    const nothing = new Float32Array(util.sizeFromShape(reduced.shape)).fill(Number.NaN);
    return call.backend.makeTensorInfo(reduced.shape, 'float32', nothing);
  },
};
