import { Bincount, DenseBincount, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from './hostKernel.ts';

/** Counts, or sums of weights, in doubles: in float32 a count would stop at 2^24, and long sums would lose digits. */
const counting = (name: string): HostKernel => ({
  name,
  run: ({ inputs, attrs, memory, stock }) => {
    const { x, weights } = inputs as Readonly<Record<'x' | 'weights', TensorInfo>>;
    const { size, binaryOutput = false } = attrs as {
      readonly size: number;
      readonly binaryOutput?: boolean;
    };
    if (x.dtype === 'int32' && memory.tensorValues(x).some((value) => value < 0))
      throw new Error('Input x must be non-negative!');
    if (x.dtype !== 'int32' || weights.dtype !== 'float32' || x.shape.length > 2) return stock();
    const outer = name === DenseBincount ? x.shape.slice(0, -1) : [];
    const rows = util.sizeFromShape(outer);
    const each = util.sizeFromShape(x.shape) / Math.max(rows, 1);
    const out = memory.make([...outer, size], 'float32');
    const weighted = util.sizeFromShape(weights.shape) > 0;
    const [values, weight] = [memory.tensorValues(x), memory.tensorValues(weights)];
    const sums = new Float64Array(rows * size);
    for (let row = 0; row < rows; row++)
      for (let at = row * each; at < (row + 1) * each; at++) {
        const value = values[at]!;
        if (value >= size) continue;
        if (binaryOutput) sums[row * size + value] = 1;
        else sums[row * size + value]! += weighted ? weight[at]! : 1;
      }
    memory.tensorValues(out).set(sums);
    return out;
  },
});

/** The kernels that count. */
export const counts: readonly HostKernel[] = [Bincount, DenseBincount].map(counting);
