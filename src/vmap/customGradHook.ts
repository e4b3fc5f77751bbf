import { sum, type Tensor } from '@tensorflow/tfjs-core';
import type { CustomFunction, Hooks, Within } from './hooks.ts';
import { physicalIn, resolve, withPromotions } from './promote.ts';
import type { Frame, VmapState } from './state.ts';
import { batchOf, batchTracer, levelOf, physicalAt } from './tracer.ts';

type Save = (tensors: readonly Tensor[]) => void;

/** A function with a gradient on logical tensors, made one on the physical tensors of a frame. */
const lower = (
  f: CustomFunction,
  frame: Frame,
  batched: readonly boolean[],
  within: Within,
  state: VmapState,
  onValue: (valueBatched: boolean) => void,
): CustomFunction => {
  const lift = (tensor: Tensor, isBatched: boolean | undefined): Tensor =>
    isBatched ? batchTracer(tensor, frame.level) : tensor;
  // An input shared by the samples gets the sum of their gradients, one that is not its own.
  const gradient = (tensor: Tensor, at: number): Tensor => {
    if (batched[at]) return physicalIn(frame)(tensor);
    const batch = batchOf(tensor);
    return batch?.level === frame.level ? sum(batch.physical, 0) : tensor;
  };
  return (...all) => {
    const inputs = all.slice(0, -1) as readonly Tensor[];
    const save = all[all.length - 1] as Save;
    const savedBatched: boolean[] = [];
    const result = f(
      ...inputs.map((input, at) => lift(input, batched[at])),
      (tensors: readonly Tensor[]): void => {
        savedBatched.push(...tensors.map((tensor) => levelOf(tensor) === frame.level));
        save(tensors.map(physicalAt(frame.level)));
      },
    );
    const valueBatched = batched.some(Boolean) || levelOf(result.value) === frame.level;
    onValue(valueBatched);
    return {
      value: valueBatched ? physicalIn(frame)(result.value) : result.value,
      // The gradient may be asked for when the vmap has long ended: it is part of it all the same.
      gradFunc: (dy, saved) =>
        within(frame, () => {
          const gradients = result.gradFunc(
            lift(dy, valueBatched),
            saved.map((tensor, at) => lift(tensor, savedBatched[at])),
          );
          return withPromotions(state, [], () => [gradients].flat().map(gradient));
        }),
    };
  };
};

/**
 * The engine's `customGrad` while a `vmap` runs. It does not pass through `runKernel`, so its function and
 * the function's gradient are themselves run on tracers, for each running `vmap` in turn. All of them count
 * and not only those of the inputs: the function may have closed over a tracer.
 */
export const customGradHook =
  (original: Hooks['customGrad'], state: VmapState, within: Within): Hooks['customGrad'] =>
  (f) =>
  (...given) => {
    const at = (frames: readonly Frame[], g: CustomFunction, inputs: readonly Tensor[]): Tensor => {
      const frame = frames[frames.length - 1];
      if (frame === undefined) return original(g)(...inputs);
      const batched = inputs.map((input) => levelOf(input) === frame.level);
      let valueBatched = false;
      const lowered = lower(g, frame, batched, within, state, (is) => {
        valueBatched = is;
      });
      const value = at(frames.slice(0, -1), lowered, inputs.map(physicalAt(frame.level)));
      return valueBatched ? batchTracer(value, frame.level) : value;
    };
    const promotions = state.promotions;
    const inputs = given.map(resolve(state));
    const promoted: CustomFunction = (...all) => {
      const save = all[all.length - 1] as Save;
      const saveAsIs: Save = (tensors) => withPromotions(state, [], () => save(tensors));
      return withPromotions(state, promotions, () => f(...all.slice(0, -1), saveAsIs));
    };
    return withPromotions(state, [], () => at(state.frames, promoted, inputs));
  };
