import { AddN, Cast, Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../../ops/registry.ts';
import { type AxisRun, parseReduction, type Reduction, reducedCount, reduceRuns } from '../../axisRuns.ts';
import { filled } from '../filled.ts';
import { reduceSum, reducesWell } from '../reduceSum.ts';
import { step } from '../webgpuKernel.ts';
import { as, type Call, fixed, highestRank, type Stock } from './fixed.ts';
import { fewerAxes, type Reduced } from './reductions.ts';

/** The most tensors a program may read: WebGPU guarantees eight storage buffers, and one is the result. */
const most = 7;

/** With more tensors than a program may read, tfjs's returns zeros; above six axes it has no program. */
export const addN = fixed<readonly TensorInfo[]>(AddN, (stock) => {
  const add: typeof stock = ({ inputs, ...rest }) => {
    const { shape } = inputs[0]!;
    if (shape.length > highestRank) {
      const row = [util.sizeFromShape(shape)];
      return as(shape, add({ inputs: inputs.map((input) => as(row, input)), ...rest }));
    }
    if (inputs.length <= most) return stock({ inputs, ...rest });
    const first = stock({ inputs: inputs.slice(0, most), ...rest });
    const sum = add({ inputs: [first, ...inputs.slice(most)], ...rest });
    rest.backend.disposeData(first.dataId);
    return sum;
  };
  return add;
});

/** The longest sum that tfjs's workgroup computes without losing digits, along any axes. */
const few = 65_536;

/** The sums or means of float32, run by run; by tfjs's program where it is faster and loses no digits. */
const inRuns = (
  call: Call<Reduced, Reduction>,
  stock: Stock<Reduced, Reduction>,
  means: boolean,
): TensorInfo => {
  const { backend, inputs, attrs } = call;
  const { x } = inputs;
  const reduction = parseReduction(x.shape, attrs);
  if (reduction.runs.length === 0) return stock(call);
  if (!reduction.runs.every(reducesWell) && reducedCount(reduction) <= few) return stock(call);
  return reduceRuns(backend, x, reduction, (from: TensorInfo, run: AxisRun) =>
    reducesWell(run)
      ? reduceSum(backend, from, run, means ? run.count : 1)
      : stock({
          ...call,
          inputs: { x: as([run.before, run.count], from) },
          attrs: { axis: 1, keepDims: false },
        }),
  );
};

/** Sums or means over axes. An empty sum is 0, an empty mean NaN. */
const adding = (name: string, means: boolean): OwnKernel =>
  fixed<Reduced, Reduction>(name, (stock) => {
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
 * Sums and means. tfjs's use one workgroup for each sum, however short or long it is; they transpose the tensor first
 * unless the axes are the last ones, lose the digits of long sums, and throw for empty tensors.
 */
export const sums: readonly OwnKernel[] = [adding(Sum, false), adding(Mean, true)];
