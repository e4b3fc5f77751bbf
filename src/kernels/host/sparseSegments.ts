import { SparseSegmentMean, SparseSegmentSum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from './hostKernel.ts';

/** Sums or means of rows, in doubles: tfjs's own, which checks all indices, runs first and is overwritten. */
const reducing = (name: string, means: boolean): HostKernel => ({
  name,
  run: ({ inputs, memory, stock }) => {
    const { data, indices, segmentIds } = inputs as Readonly<
      Record<'data' | 'indices' | 'segmentIds', TensorInfo>
    >;
    const out = stock();
    if (data.dtype !== 'float32') return out;
    const depth = util.sizeFromShape(data.shape.slice(1));
    const [numbers, rows, segments] = [data, indices, segmentIds].map(memory.tensorValues);
    const result = memory.tensorValues(out);
    const sums = new Float64Array(result.length);
    const counts = new Float64Array(out.shape[0]!);
    for (let at = 0; at < rows!.length; at++) {
      const segment = segments![at]!;
      const [from, to] = [rows![at]! * depth, segment * depth];
      for (let i = 0; i < depth; i++) sums[to + i]! += numbers![from + i]!;
      counts[segment]!++;
    }
    for (let i = 0; i < result.length; i++)
      result[i] = means ? sums[i]! / Math.max(counts[Math.floor(i / depth)]!, 1) : sums[i]!;
    return out;
  },
});

/** The kernels that reduce sorted segments. */
export const sparseSegments: readonly HostKernel[] = [
  reducing(SparseSegmentSum, false),
  reducing(SparseSegmentMean, true),
];
