import { Cast, Mean, Sum, type TensorInfo } from '@tensorflow/tfjs-core';
import { type AxisRun, countOf, parseReduction, type Reduction, reduceRuns } from '../../axisRuns.ts';
import type { OwnKernel } from '../../replaceKernels.ts';
import { addsUpWell, addUp } from '../addUp.ts';
import { filled } from '../filled.ts';
import { step } from '../webgpuKernel.ts';
import { as, type Call, mended, type Stock } from './mended.ts';
import { fewerAxes, type Reduced } from './reductions.ts';

/** Numbers that tfjs's group of threads adds up without losing digits, along whatever axes. */
const few = 65_536;

/** The sums or means of float32, run by run; by tfjs's program where that is quicker and loses no digits. */
const inRuns = (
  call: Call<Reduced, Reduction>,
  stock: Stock<Reduced, Reduction>,
  means: boolean,
): TensorInfo => {
  const { backend, inputs, attrs } = call;
  const { x } = inputs;
  const reduction = parseReduction(x.shape, attrs);
  if (reduction.runs.length === 0) return stock(call);
  if (!reduction.runs.every(addsUpWell) && countOf(reduction) <= few) return stock(call);
  return reduceRuns(backend, x, reduction, (from: TensorInfo, run: AxisRun) =>
    addsUpWell(run)
      ? addUp(backend, from, run, means ? run.count : 1)
      : stock({
          ...call,
          inputs: { x: as([run.before, run.count], from) },
          attrs: { axis: 1, keepDims: false },
        }),
  );
};

/** Sums over axes, or where they are means each divided by how many numbers there are: of nothing a sum is 0, a mean NaN. */
const adding = (name: string, means: boolean): OwnKernel =>
  mended<Reduced, Reduction>(name, (stock) => {
    const others = fewerAxes(stock);
    return (call) => {
      const { backend, inputs, attrs } = call;
      const { x } = inputs;
      if (x.shape.includes(0)) {
        const { shape } = parseReduction(x.shape, attrs);
        const dtype = means || x.dtype === 'float32' ? 'float32' : 'int32';
        return filled(backend, shape, dtype, means ? Number.NaN : 0);
      }
      if (x.dtype === 'float32') return inRuns(call, others, means);
      if (!means) return others(call);
      const floats = step(Cast, { x }, { backend }, { dtype: 'float32' });
      const result = inRuns({ ...call, inputs: { x: floats } }, others, means);
      backend.disposeData(floats.dataId);
      return result;
    };
  });

/**
 * Sums and means. tfjs's give a group of threads to each sum, however short it is, and one group however long; they turn
 * the tensor first if the axes are not its last, lose the digits of long sums, and throw for a tensor without numbers.
 */
export const sums: readonly OwnKernel[] = [adding(Sum, false), adding(Mean, true)];
