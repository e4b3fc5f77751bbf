import { clone, engine, Tensor, tidy } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { fallback } from './fallback.ts';
import type { Hooks } from './hooks.ts';
import { resolve, withPromotions } from './promote.ts';
import type { BatchingRule, KernelCall, KernelInputs, Operand } from './rule.ts';
import { batchingRules } from './rules/batchingRules.ts';
import type { VmapState } from './state.ts';
import { batchOf, batchTracer, isTracer, levelOf } from './tracer.ts';

type Given = readonly (readonly [string, Tensor | null | undefined])[];

const resolved = (state: VmapState, inputs: KernelInputs): KernelInputs => {
  if (state.promotions.length === 0) return inputs;
  if (Array.isArray(inputs)) return inputs.map(resolve(state));
  const each = (input: Tensor | null | undefined): Tensor | null | undefined =>
    input ? resolve(state)(input) : input;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, each(input)]));
};

const operand =
  (level: number) =>
  (input: Tensor | null | undefined): Operand | undefined => {
    if (!input) return undefined;
    const batch = batchOf(input);
    const batched = batch?.level === level;
    return { tensor: batched ? batch.physical : input, batched, shape: input.shape };
  };

const refuseNested = (kernel: string, given: Given): void => {
  const nested = given.find(([, input]) => Array.isArray(input) && input.some(isTracer));
  if (nested) misuse(`vmap: ${kernel}'s input '${nested[0]}'`, 'no list of mapped tensors', nested[1]);
};

const checked = (call: KernelCall, output: unknown): Tensor => {
  const fits = output instanceof Tensor && output.shape[0] === call.size;
  return fits
    ? output
    : misuse(
        `vmap: the result of the batching rule for ${call.kernel}`,
        `a tensor whose first axis has size ${call.size}`,
        output,
      );
};

/** Runs a rule: its inputs are promoted by now, what they are made of must not be. */
const apply = (state: VmapState, rule: BatchingRule, call: KernelCall): Tensor | readonly Tensor[] => {
  const taken = new Set(Object.values(call.inputs).map((input) => input?.tensor.id));
  // An output must have an identity of its own: with that of an input, disposing one disposes both.
  const own = (output: unknown): Tensor => {
    const tensor = checked(call, output);
    return batchTracer(taken.has(tensor.id) ? clone(tensor) : tensor, call.level);
  };
  return withPromotions(state, [], () =>
    tidy(() => {
      const output = rule(call);
      return Array.isArray(output) ? output.map(own) : own(output);
    }),
  );
};

/**
 * The engine's `runKernel` while a `vmap` runs: a call with a tracer among its inputs goes to the kernel's
 * batching rule, at the level of the innermost `vmap` concerned. The rule's own calls come here again and
 * are treated at the next level.
 */
export const runKernelHook =
  (original: Hooks['runKernel'], state: VmapState): Hooks['runKernel'] =>
  (kernel, given, attrs) => {
    const inputs = resolved(state, given);
    const entries: Given = Object.entries(inputs);
    const level = entries.reduce((highest, [, input]) => Math.max(highest, levelOf(input)), 0);
    if (level === 0) {
      refuseNested(kernel, entries);
      return original(kernel, inputs, attrs);
    }
    const frame = state.frames.find((running) => running.level === level);
    if (frame === undefined) {
      throw new Error(`vmap: ${kernel} was given a tensor of a vmap that has ended; return it from there`);
    }
    return apply(state, state.rules.get(kernel) ?? batchingRules[kernel] ?? fallback(state), {
      kernel,
      inputs: Object.fromEntries(entries.map(([name, input]) => [name, operand(level)(input)])),
      attrs: attrs ?? {},
      size: frame.size,
      level,
      run: (next, nextAttrs, name = kernel) =>
        (engine() as unknown as Hooks).runKernel(name, next, nextAttrs),
    });
  };
