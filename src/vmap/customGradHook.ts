import { sum, type Tensor } from '@tensorflow/tfjs-core';
import type { CustomCall, Hooks, Within } from './hooks.ts';
import { physicalIn, resolve, withPromotions } from './promote.ts';
import type { Frame, VmapState } from './state.ts';
import { batchOf, batchTracer, levelOf, physicalAt } from './tracer.ts';

type Save = (tensors: readonly Tensor[]) => void;

/** A function with its gradient, as `tf.customGrad` takes it, that holds its inputs. */
type CustomFunction = (save: Save) => {
  readonly value: Tensor;
  readonly gradFunc: (dy: Tensor, saved: readonly Tensor[]) => readonly Tensor[];
};

/** The engine's own call of a function with its gradient. */
const callOf = (f: CustomFunction, inputs: readonly Tensor[]): CustomCall => {
  let gradFunc: ReturnType<CustomFunction>['gradFunc'] | undefined;
  return {
    forwardFunc: (_, save) => {
      const result = f(save);
      gradFunc = result.gradFunc;
      return result.value;
    },
    backwardsFunc: (dy, saved) =>
      Object.fromEntries(gradFunc!(dy, saved).map((gradient, at) => [String(at), () => gradient])),
    inputs: Object.fromEntries(inputs.map((input, at) => [String(at), input])),
  };
};

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
  return (save) => {
    const savedBatched: boolean[] = [];
    const result = f((tensors) => {
      savedBatched.push(...tensors.map((tensor) => levelOf(tensor) === frame.level));
      save(tensors.map(physicalAt(frame.level)));
    });
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
          return withPromotions(state, [], () => gradients.map(gradient));
        }),
    };
  };
};

/**
 * The engine's `runKernelFunc` while a `vmap` runs, for the functions that `tf.customGrad` has made, inside or long
 * before. They do not pass through `runKernel`, so such a function and its gradient are themselves run on tracers, for
 * each running `vmap` in turn. All of them count and not only those of the inputs: the function may have closed over a
 * tracer.
 */
export const customGradHook =
  (original: Hooks['runKernelFunc'], state: VmapState, within: Within): Hooks['runKernelFunc'] =>
  (call) => {
    if (call.kernelName !== undefined) return original(call);
    const at = (frames: readonly Frame[], g: CustomFunction, inputs: readonly Tensor[]): Tensor => {
      const frame = frames[frames.length - 1];
      if (frame === undefined) return original(callOf(g, inputs)) as Tensor;
      const batched = inputs.map((input) => levelOf(input) === frame.level);
      let valueBatched = false;
      const lowered = lower(g, frame, batched, within, state, (is) => {
        valueBatched = is;
      });
      const value = at(frames.slice(0, -1), lowered, inputs.map(physicalAt(frame.level)));
      return valueBatched ? batchTracer(value, frame.level) : value;
    };
    const { promotions } = state;
    const resolved = (tensors: readonly Tensor[]) =>
      withPromotions(state, promotions, () => tensors.map(resolve(state)));
    // The engine's call holds the inputs as they were given, which are those it would be given here.
    const given: CustomFunction = (save) => {
      const saveResolved: Save = (tensors) => {
        const stored = resolved(tensors);
        withPromotions(state, [], () => save(stored));
      };
      const value = withPromotions(state, promotions, () => call.forwardFunc(undefined, saveResolved));
      return {
        value: resolved([value])[0]!,
        gradFunc: (dy, saved) => Object.values(call.backwardsFunc(dy, saved)).map((gradient) => gradient()),
      };
    };
    const inputs = resolved(Object.values(call.inputs));
    return withPromotions(state, [], () => at(state.frames, given, inputs));
  };
