import { Cumprod, Cumsum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from './hostKernel.ts';

/**
 * Cumulative sums or products, accumulated in doubles and without transposing. tfjs's own kernels take an axis that is counted
 * from the last, -1, for one that does not exist: the result has no shape on cpu, and wasm leaves its memory.
 */
const cumulative = (name: string, first: number, next: (total: number, x: number) => number): HostKernel => ({
  name,
  run: ({ inputs, attrs, memory }) => {
    const x = inputs.x as TensorInfo;
    const { axis, exclusive, reverse } = attrs as {
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    };
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    const [before, after] = [x.shape.slice(0, along), x.shape.slice(along + 1)].map(util.sizeFromShape) as [
      number,
      number,
    ];
    const length = x.shape[along]!;
    const out = memory.make(x.shape, x.dtype);
    const [numbers, results] = [memory.tensorValues(x), memory.tensorValues(out)];
    const running = new Float64Array(after);
    for (let row = 0; row < before; row++) {
      running.fill(first);
      for (let i = 0; i < length; i++) {
        const from = (row * length + (reverse ? length - 1 - i : i)) * after;
        for (let column = 0; column < after; column++) {
          const soFar = running[column]!;
          const total = next(soFar, numbers[from + column]!);
          results[from + column] = exclusive ? soFar : total;
          running[column] = total;
        }
      }
    }
    return out;
  },
});

/** The kernels that accumulate along an axis. */
export const cumulatives: readonly HostKernel[] = [
  cumulative(Cumsum, 0, (total, x) => total + x),
  cumulative(Cumprod, 1, (total, x) => total * x),
];
