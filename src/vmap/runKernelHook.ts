import { clone, engine, Tensor } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { fallback } from './fallback.ts';
import type { Hooks } from './hooks.ts';
import { resolve, withPromotions } from './promote.ts';
import type { BatchingRule, KernelCall, KernelInputs, Operand } from './rule.ts';
import { batchingRules } from './rules/batchingRules.ts';
import type { VmapState } from './state.ts';
import { tidyRule } from './tidyRule.ts';
import { batchOf, batchTracer, isTracer, levelOf } from './tracer.ts';

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
  for (const name in inputs) highest = Math.max(highest, levelOf(inputs[name]));
  return highest;
};

const operandsAt = (level: number, inputs: Given): KernelCall['inputs'] => {
  const found: Record<string, Operand | undefined> = {};
  for (const name in inputs) {
    const input = inputs[name];
    const batch = batchOf(input);
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
      misuse(`vmap: ${kernel}'s input '${name}'`, 'no list of mapped tensors', input);
    }
  }
};

const isAmong = ({ id }: Tensor, inputs: KernelCall['inputs']): boolean => {
  for (const name in inputs) if (inputs[name]?.tensor.id === id) return true;
  return false;
};

const outputOf = (call: KernelCall, output: unknown): Tensor => {
  if (!(output instanceof Tensor && output.shape[0] === call.size)) {
    return misuse(
      `vmap: the result of the batching rule for ${call.kernel}`,
      `a tensor whose first axis has size ${call.size}`,
      output,
    );
  }
  // An output must have an identity of its own: with that of an input, disposing one disposes both.
  return batchTracer(isAmong(output, call.inputs) ? clone(output) : output, call.level);
};

/** Runs a rule: its inputs are promoted by now, what they are made of must not be. */
const apply = (state: VmapState, rule: BatchingRule, call: KernelCall): Tensor | readonly Tensor[] =>
  withPromotions(state, [], () =>
    tidyRule(() => {
      const output = rule(call);
      return Array.isArray(output) ? output.map((one) => outputOf(call, one)) : outputOf(call, output);
    }),
  );

/**
 * The engine's `runKernel` while a `vmap` runs: a call with a tracer among its inputs goes to the kernel's
 * batching rule, at the level of the innermost `vmap` concerned. The rule's own calls come here again and
 * are treated at the next level.
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
      throw new Error(`vmap: ${kernel} was given a tensor of a vmap that has ended; return it from there`);
    }
    return apply(state, state.rules.get(kernel) ?? batchingRules[kernel] ?? fallback(state), {
      kernel,
      inputs: operandsAt(level, inputs),
      attrs: attrs ?? {},
      size: frame.size,
      level,
      run: (next, nextAttrs, name = kernel) =>
        (engine() as unknown as Hooks).runKernel(name, next, nextAttrs),
    });
  };
