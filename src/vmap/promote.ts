import type { Tensor } from '@tensorflow/tfjs-core';
import { type Frame, type Promotion, type VmapState, vmapState } from './state.ts';
import { spread } from './tile.ts';
import { batchTracer, isTracer, tracedBatch, traceLevel } from './tracer.ts';

/** The physical tensor at a frame: that of a tracer, or the tensor repeated for every sample. */
export const physicalIn =
  ({ level, size }: Frame) =>
  (tensor: Tensor): Tensor => {
    const batch = tracedBatch(tensor);
    return batch?.level === level ? batch.physical : spread(tensor, size);
  };

/** The tensor with the batch axes of all frames, the outermost first. */
export const strip = (tensor: Tensor, frames: readonly Frame[]): Tensor =>
  frames.reduceRight((inner, frame) => physicalIn(frame)(inner), tensor);

/** The inverse of `strip`: wraps a tensor in tracers for all frames. */
export const wrap = (tensor: Tensor, frames: readonly Frame[]): Tensor =>
  frames.reduce((inner, { level }) => batchTracer(inner, level), tensor);

/** The promoted version of a tensor that is differentiated inside `vmap`; otherwise the tensor itself. */
export const resolve =
  (state: VmapState) =>
  (tensor: Tensor): Tensor => {
    if (state.promotions.length === 0 || !tensor) return tensor;
    const found = state.promotions.find(({ id, level }) => id === tensor.id && level === traceLevel(tensor));
    return found === undefined ? tensor : resolve(state)(found.tensor);
  };

/**
 * Runs a function with other promotions. Code that handles physical tensors needs none: one of them may be the tensor
 * that is promoted at another level.
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

/** Whether a tensor is batched inside `vmap`, also by promotion. */
export const isBatched = (tensor: Tensor): boolean => isTracer(resolve(vmapState())(tensor));
