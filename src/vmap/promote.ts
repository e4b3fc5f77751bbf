import type { Tensor } from '@tensorflow/tfjs-core';
import { type Frame, type Promotion, type VmapState, vmapState } from './state.ts';
import { spread } from './tile.ts';
import { batchOf, batchTracer, isTracer, levelOf } from './tracer.ts';

/** The physical tensor at a frame: that of a tracer, or else the tensor repeated for every sample. */
export const physicalIn =
  ({ level, size }: Frame) =>
  (tensor: Tensor): Tensor => {
    const batch = batchOf(tensor);
    return batch?.level === level ? batch.physical : spread(tensor, size);
  };

/** The tensor with the batch axes of all frames (outermost first), the outermost's first. */
export const strip = (tensor: Tensor, frames: readonly Frame[]): Tensor =>
  frames.reduceRight((inner, frame) => physicalIn(frame)(inner), tensor);

/** The inverse of `strip`: tracers for the axes of all frames. */
export const wrap = (tensor: Tensor, frames: readonly Frame[]): Tensor =>
  frames.reduce((inner, { level }) => batchTracer(inner, level), tensor);

/** What stands for a tensor while it is differentiated inside `vmap`; mostly the tensor itself. */
export const resolve =
  (state: VmapState) =>
  (tensor: Tensor): Tensor => {
    if (state.promotions.length === 0 || !tensor) return tensor;
    const found = state.promotions.find(({ id, level }) => id === tensor.id && level === levelOf(tensor));
    return found === undefined ? tensor : resolve(state)(found.tensor);
  };

/**
 * Runs a function with other promotions in force. With none, for all that handles physical tensors: one of
 * them may be the very tensor that stands, at another level, for its batched self.
 */
export const withPromotions = <Y>(state: VmapState, promotions: readonly Promotion[], body: () => Y): Y => {
  const before = state.promotions;
  state.promotions = promotions;
  try {
    return body();
  } finally {
    state.promotions = before;
  }
};

/** Whether a tensor stands for a batch inside `vmap`, be it because it is differentiated there. */
export const isBatched = (tensor: Tensor): boolean => isTracer(resolve(vmapState())(tensor));
