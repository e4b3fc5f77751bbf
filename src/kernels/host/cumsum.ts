import { Cumsum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from './hostKernel.ts';

/** Cumulative sums, accumulated in doubles and without transposing. */
export const cumsum: HostKernel = {
  name: Cumsum,
  run: ({ inputs, attrs, memory, stock }) => {
    const x = inputs.x as TensorInfo;
    const { axis, exclusive, reverse } = attrs as {
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    };
    if (x.dtype !== 'float32') return stock();
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    const [before, after] = [x.shape.slice(0, along), x.shape.slice(along + 1)].map(util.sizeFromShape) as [
      number,
      number,
    ];
    const length = x.shape[along]!;
    const out = memory.make(x.shape, 'float32');
    const [numbers, sums] = [memory.tensorValues(x), memory.tensorValues(out)];
    const running = new Float64Array(after);
    for (let row = 0; row < before; row++) {
      running.fill(0);
      for (let i = 0; i < length; i++) {
        const from = (row * length + (reverse ? length - 1 - i : i)) * after;
        for (let column = 0; column < after; column++) {
          const sum = running[column]!;
          const next = sum + numbers[from + column]!;
          sums[from + column] = exclusive ? sum : next;
          running[column] = next;
        }
      }
    }
    return out;
  },
};
