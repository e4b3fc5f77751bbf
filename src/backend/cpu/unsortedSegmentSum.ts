import { type TensorInfo, UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';
import { valuesOf } from './cpuBackend.ts';
import type { CpuKernel } from './cpuKernel.ts';

/** Sums over segments, in doubles and in one pass, where tfjs's own kernel takes a pass of several operations for each segment. */
export const unsortedSegmentSum: CpuKernel = {
  name: UnsortedSegmentSum,
  run: (call, stock) => {
    const { x, segmentIds: ids } = call.inputs as Readonly<Record<'x' | 'segmentIds', TensorInfo>>;
    const segments = Number(call.attrs.numSegments);
    const fits = ids.shape.length === 1 && ids.shape[0] === x.shape[0];
    if (x.dtype !== 'float32' || ids.dtype !== 'int32' || !fits) return stock(call);
    const depth = util.sizeFromShape(x.shape.slice(1));
    const [numbers, places] = [valuesOf(call.backend, x), valuesOf(call.backend, ids)];
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
