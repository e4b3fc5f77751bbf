import { clone, engine, sum, Tensor, tidy } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { fallback } from './fallback.ts';
import { physicalIn, resolve, withPromotions } from './promote.ts';
import type { BatchingRule, KernelCall, KernelInputs, Operand } from './rule.ts';
import { batchingRules } from './rules/batchingRules.ts';
import type { Frame, VmapState } from './state.ts';
import { type CustomCall, type Hooks, hookedEngine, type Within } from './state.ts';
import { batchTracer, isTracer, physicalAt, tracedBatch, traceLevel } from './tracer.ts';

type Given = Readonly<Record<string, Tensor | null | undefined>>;

const resolved = (state: VmapState, inputs: KernelInputs): KernelInputs => {
  if (state.promotions.length === 0) return inputs;
  if (Array.isArray(inputs)) return inputs.map(resolve(state));
  const each = (input: Tensor | null | undefined): Tensor | null | undefined =>
    input ? resolve(state)(input) : input;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, each(input)]));
};

const highestLevel = (inputs: Given): number => {
  let highest = 0;
  for (const name in inputs) highest = Math.max(highest, traceLevel(inputs[name]));
  return highest;
};

const operandsAt = (level: number, inputs: Given): KernelCall['inputs'] => {
  const found: Record<string, Operand | undefined> = {};
  for (const name in inputs) {
    const input = inputs[name];
    const batch = tracedBatch(input);
    const batched = batch?.level === level;
    found[name] = input
      ? { tensor: batched ? batch.physical : input, batched, shape: input.shape }
      : undefined;
  }
  return found;
};

const refuseNested = (kernel: string, inputs: Given): void => {
  for (const name in inputs) {
    const input: unknown = inputs[name];
    if (Array.isArray(input) && input.some(isTracer)) {
      invalidArgument(`vmap: ${kernel}'s input '${name}'`, 'a tensor, not a list of mapped tensors', input);
    }
  }
};

const isAmong = ({ id }: Tensor, inputs: KernelCall['inputs']): boolean => {
  for (const name in inputs) if (inputs[name]?.tensor.id === id) return true;
  return false;
};

const traceOutput = (call: KernelCall, output: unknown): Tensor => {
  if (!(output instanceof Tensor && output.shape[0] === call.size)) {
    return invalidArgument(
      `vmap: the result of the batching rule for ${call.kernel}`,
      `a tensor whose first axis has size ${call.size}`,
      output,
    );
  }
  // An output must have its own identity: if it were an input, disposing one would dispose both.
  return batchTracer(isAmong(output, call.inputs) ? clone(output) : output, call.level);
};

/** The results of a rule as tracers. */
const traceOutputs = (call: KernelCall, output: unknown): Tensor | readonly Tensor[] =>
  Array.isArray(output) ? output.map((one) => traceOutput(call, one)) : traceOutput(call, output);

interface Scoped {
  readonly activeScope: { readonly track: readonly Tensor[] } | null;
}

const isOutput = (tensor: Tensor, result: Tensor | readonly Tensor[]): boolean =>
  result instanceof Tensor ? result.id === tensor.id : result.some(({ id }) => id === tensor.id);

/**
 * Disposes a rule's intermediates. A scope of its own would cost as much as the call itself, and most rules have no
 * intermediates.
 */
const disposeIntermediates = (
  tracked: readonly Tensor[],
  from: number,
  result: Tensor | readonly Tensor[],
): void => {
  for (let at = from; at < tracked.length; at += 1) {
    const tensor = tracked[at]!;
    if (!tensor.kept && !isOutput(tensor, result)) tensor.dispose();
  }
};

/**
 * The engine's `runKernel` while a `vmap` runs: a call with a tracer among its inputs runs the kernel's batching rule,
 * at the level of the innermost `vmap` concerned. The rule's own calls pass through here again, at the next level.
 */
export const runKernelHook =
  (original: Hooks['runKernel'], state: VmapState): Hooks['runKernel'] =>
  (kernel, given, attrs) => {
    const inputs = resolved(state, given) as Given;
    const level = highestLevel(inputs);
    if (level === 0) {
      refuseNested(kernel, inputs);
      return original(kernel, inputs, attrs);
    }
    const frame = state.frames.find((running) => running.level === level);
    if (frame === undefined) {
      throw new Error(
        `vmap: ${kernel} was given a tensor of a vmap that has ended; return it from that vmap`,
      );
    }
    const call: KernelCall = {
      kernel,
      inputs: operandsAt(level, inputs),
      attrs: attrs ?? {},
      size: frame.size,
      level,
      run: (next, nextAttrs, name = kernel) => hookedEngine().runKernel(name, next, nextAttrs),
    };
    const rule: BatchingRule = state.rules.get(kernel) ?? batchingRules[kernel] ?? fallback(state);
    // The inputs are already promoted; their physical tensors must not be.
    const { promotions } = state;
    state.promotions = [];
    try {
      const { activeScope }: Scoped = engine().state;
      const tracked = activeScope?.track;
      if (tracked === undefined) return tidy(() => traceOutputs(call, rule(call)) as never);
      const before = tracked.length;
      const result = traceOutputs(call, rule(call));
      disposeIntermediates(tracked, before, result);
      return result;
    } finally {
      state.promotions = promotions;
    }
  };

type Save = (tensors: readonly Tensor[]) => void;

/** A function with its gradient, as for `tf.customGrad`, closed over its inputs. */
type CustomFunction = (save: Save) => {
  readonly value: Tensor;
  readonly gradFunc: (dy: Tensor, saved: readonly Tensor[]) => readonly Tensor[];
};

/** The engine's representation of a call of a function with its gradient. */
const toEngineCall = (f: CustomFunction, inputs: readonly Tensor[]): CustomCall => {
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

/** Lowers a function with a gradient from logical tensors to the physical tensors of a frame. */
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
  // The gradient of an input is summed over the samples if they share it.
  const gradient = (tensor: Tensor, at: number): Tensor => {
    if (batched[at]) return physicalIn(frame)(tensor);
    const batch = tracedBatch(tensor);
    return batch?.level === frame.level ? sum(batch.physical, 0) : tensor;
  };
  return (save) => {
    const savedBatched: boolean[] = [];
    const result = f((tensors) => {
      savedBatched.push(...tensors.map((tensor) => traceLevel(tensor) === frame.level));
      save(tensors.map(physicalAt(frame.level)));
    });
    const valueBatched = batched.some(Boolean) || traceLevel(result.value) === frame.level;
    onValue(valueBatched);
    return {
      value: valueBatched ? physicalIn(frame)(result.value) : result.value,
      // The gradient is part of the vmap, even if it runs after the vmap has ended.
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
 * The engine's `runKernelFunc` while a `vmap` runs, for functions made with `tf.customGrad`, inside or before. They do
 * not pass through `runKernel`, so the function and its gradient run on tracers themselves, for each running `vmap` in
 * turn, and not only for those of the inputs: the function may close over a tracer.
 */
export const customGradHook =
  (original: Hooks['runKernelFunc'], state: VmapState, within: Within): Hooks['runKernelFunc'] =>
  (call) => {
    if (call.kernelName !== undefined) return original(call);
    const at = (frames: readonly Frame[], g: CustomFunction, inputs: readonly Tensor[]): Tensor => {
      const frame = frames[frames.length - 1];
      if (frame === undefined) return original(toEngineCall(g, inputs)) as Tensor;
      const batched = inputs.map((input) => traceLevel(input) === frame.level);
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
    // The engine's call closes over the original inputs, which are the same as those here.
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
