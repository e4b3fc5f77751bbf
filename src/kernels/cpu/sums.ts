import {
  All,
  type DataType,
  Mean,
  type TensorInfo,
  TensorScatterUpdate,
  UnsortedSegmentSum,
  util,
} from '@tensorflow/tfjs-core';
import { parseReduction, type Reduction } from '../axisRuns.ts';
import { type CpuKernel, tensorValues } from './cpuKernel.ts';

/** A reduction that returns this value for an empty tensor, where tfjs's returns 0. */
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

/** Reductions of empty tensors: a mean is NaN, `all` is true. */
export const emptyReductions: readonly CpuKernel<Reduction>[] = [
  reduction(Mean, 'float32', Number.NaN),
  reduction(All, 'bool', 1),
];

/** Segment sums in doubles and in one pass; tfjs's own kernel runs several operations for each segment. */
export const unsortedSegmentSum: CpuKernel = {
  name: UnsortedSegmentSum,
  run: (call, stock) => {
    const { x, segmentIds: ids } = call.inputs as Readonly<Record<'x' | 'segmentIds', TensorInfo>>;
    const segments = Number(call.attrs.numSegments);
    const fits = ids.shape.length === 1 && ids.shape[0] === x.shape[0];
    if (x.dtype !== 'float32' || ids.dtype !== 'int32' || !fits) return stock(call);
    const depth = util.sizeFromShape(x.shape.slice(1));
    const [numbers, places] = [tensorValues(call.backend, x), tensorValues(call.backend, ids)];
    const sums = new Float64Array(segments * depth);
    for (let row = 0; row < places.length; row++) {
      const segment = places[row]!;
      if (segment < 0 || segment >= segments) continue;
      const [from, to] = [row * depth, segment * depth];
      for (let i = 0; i < depth; i++) sums[to + i]! += numbers[from + i]!;
    }
    const shape = [segments, ...x.shape.slice(1)];
    return call.backend.makeTensorInfo(shape, 'float32', Float32Array.from(sums));
  },
};

/** Runs a kernel on a copy of the tensor that it updates, since tfjs's own overwrites it; returns others unchanged. */
export const onCopy = (kernel: CpuKernel<object>): CpuKernel<object> =>
  kernel.name === TensorScatterUpdate
    ? {
        name: kernel.name,
        run: (call, stock) => {
          const { backend, inputs } = call;
          const { shape, dtype } = inputs.tensor!;
          const copy = backend.makeTensorInfo(shape, dtype, tensorValues(backend, inputs.tensor!).slice());
          const result = kernel.run({ ...call, inputs: { ...inputs, tensor: copy } }, stock);
          backend.disposeData(copy.dataId);
          return result;
        },
      }
    : kernel;
