import { type TensorInfo, Tile } from '@tensorflow/tfjs-core';
import type { WebgpuBackend } from './webgpuBackend.ts';
import { step } from './webgpuKernel.ts';

/** A tensor repeated along the axes that it lacks or has once, to the shape of a broadcast: for programs that do not broadcast. */
export const repeated = (backend: WebgpuBackend, x: TensorInfo, shape: readonly number[]): TensorInfo => {
  const own = [...shape.slice(x.shape.length).map(() => 1), ...x.shape];
  const reps = shape.map((length, axis) => length / own[axis]!);
  return step(Tile, { x: { ...x, shape: own } }, { backend }, { reps });
};
