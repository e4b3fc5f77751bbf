import { Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ParsedReduction, parseReduction, type Reduction, reduceRuns } from '../../axisRuns.ts';
import { addsUpWell, addUp } from '../addUp.ts';
import type { WebgpuBackend } from '../webgpuBackend.ts';
import { mended } from './mended.ts';
import { fewerAxes, type Reduced } from './reductions.ts';

/** Whether sums of float32 by our program are no slower than tfjs's. */
const isOurs = ({ dtype }: TensorInfo, { runs }: ParsedReduction): boolean =>
  dtype === 'float32' && runs.length > 0 && runs.every(addsUpWell);

/** What reductions of a tensor without numbers give here, as on cpu. */
const zeros = (backend: WebgpuBackend, { dtype }: TensorInfo, shape: number[]): TensorInfo => {
  const float = dtype === 'float32';
  const none = new (float ? Float32Array : Int32Array)(util.sizeFromShape(shape));
  return backend.makeTensorInfo(shape, float ? 'float32' : 'int32', none);
};

/**
 * A sum over axes. tfjs's gives a group of threads to each sum, however short it is, and one group however long; it turns
 * the tensor first if the axes are not its last, and throws for a tensor without numbers, whose sums are 0.
 */
export const sum = mended<Reduced, Reduction>(Sum, (stock) => {
  const others = fewerAxes(stock);
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { x } = inputs;
    const reduction = parseReduction(x.shape, attrs);
    if (x.shape.includes(0)) return zeros(backend, x, reduction.shape);
    if (!isOurs(x, reduction)) return others(call);
    return reduceRuns(backend, x, reduction, (from, run) => addUp(backend, from, run));
  };
});

/** A mean over axes: sums, the last of them divided. */
export const mean = mended<Reduced, Reduction>(Mean, (stock) => {
  const others = fewerAxes(stock);
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { x } = inputs;
    const reduction = parseReduction(x.shape, attrs);
    if (x.shape.includes(0)) return zeros(backend, { ...x, dtype: 'float32' }, reduction.shape);
    if (!isOurs(x, reduction)) return others(call);
    const count = reduction.runs.reduce((product, run) => product * run.count, 1);
    return reduceRuns(backend, x, reduction, (from, run) =>
      addUp(backend, from, run, run === reduction.runs.at(-1) ? count : 1),
    );
  };
});
