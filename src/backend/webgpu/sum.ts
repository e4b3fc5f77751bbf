import { Mean, Sum, util } from '@tensorflow/tfjs-core';
import { parseReduction, type Reduction, reduceRuns } from '../axisRuns.ts';
import { addsUpWell, addUp } from './addUp.ts';
import type { WebgpuKernel } from './webgpuKernel.ts';

/**
 * Sums over axes. tfjs's own give a group of threads to each sum, however short it is, and one group however long; they
 * turn the tensor first if the axes are not its last, and throw for a tensor without numbers, whose sums are 0.
 */
export const sum: WebgpuKernel = {
  name: Sum,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const reduction = parseReduction(x.shape, call.attrs as unknown as Reduction);
    const { runs, shape } = reduction;
    const float = x.dtype === 'float32';
    if (util.sizeFromShape(x.shape) === 0) {
      const zeros = new (float ? Float32Array : Int32Array)(util.sizeFromShape(shape));
      return backend.makeTensorInfo(shape, float ? 'float32' : 'int32', zeros);
    }
    if (!float || runs.length === 0 || !runs.every(addsUpWell)) return stock(call);
    return reduceRuns(backend, x, reduction, (from, run) => addUp(backend, from, run));
  },
};

/** Means over axes: sums, the last of them divided. */
export const mean: WebgpuKernel = {
  name: Mean,
  run: (call, stock) => {
    const { backend } = call;
    const x = call.inputs.x!;
    const reduction = parseReduction(x.shape, call.attrs as unknown as Reduction);
    const { runs } = reduction;
    const count = runs.reduce((product, run) => product * run.count, 1);
    if (x.dtype !== 'float32' || x.shape.includes(0) || runs.length === 0 || !runs.every(addsUpWell))
      return stock(call);
    return reduceRuns(backend, x, reduction, (from, run) =>
      addUp(backend, from, run, run === runs.at(-1) ? count : 1),
    );
  },
};
