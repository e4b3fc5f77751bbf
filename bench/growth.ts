import type { Contender } from './contender.ts';
import { unit } from './contenders.ts';
import { sampledTraining, stepping } from './ours.ts';
import { figureOne, type Size } from './problem.ts';

/** What grows, and through which sizes. */
export const axes: Readonly<Record<keyof Size, readonly number[]>> = {
  samples: [1, 2, 4, 10, 16, 32, 64],
  batch: [16, 64, 128, 256, 512],
  width: [128, 256, 512, 1024, 2048],
};

/** The sampled step at every size of one axis, the rest as in Figure 1. */
export const growing = (axis: keyof Size): readonly Contender[] => [
  unit,
  ...axes[axis].map(
    (size): Contender => ({
      name: `${axis}/${size}`,
      kernels: true,
      start: () => stepping(sampledTraining)({ ...figureOne, [axis]: size }),
    }),
  ),
];
