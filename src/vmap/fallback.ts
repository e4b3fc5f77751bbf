import { Pack, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { runKernel } from '../ops/engine.ts';
import type { BatchingRule, KernelCall, Operand } from './rule.ts';
import type { VmapState } from './state.ts';

const sample = ({ tensor, batched, shape }: Operand, index: number): Tensor => {
  if (!batched) return tensor;
  const begin = [index, ...shape.map(() => 0)];
  return reshape(slice(tensor, begin, [1, ...shape]), [...shape]);
};

const sampleInputs = (call: KernelCall, index: number) => {
  const entries = Object.entries(call.inputs).map(
    ([name, operand]) => [name, operand && sample(operand, index)] as const,
  );
  const isList = entries.length > 0 && entries.every(([name], at) => name === String(at));
  return isList ? entries.map(([, tensor]) => tensor as Tensor) : Object.fromEntries(entries);
};

const stacked = (samples: readonly Tensor[]): Tensor => runKernel(Pack, samples, { axis: 0 });

/** The rule that works for every kernel: one call for each sample. */
export const perSample: BatchingRule = (call) => {
  const outputs = Array.from({ length: call.size }, (_, index) =>
    call.run(sampleInputs(call, index), call.attrs),
  );
  const first = outputs[0]!;
  return Array.isArray(first)
    ? first.map((_, at) => stacked(outputs.map((output) => (output as readonly Tensor[])[at]!)))
    : stacked(outputs as Tensor[]);
};

/** `perSample`, with a warning the first time a kernel needs it. */
export const fallback =
  (state: VmapState): BatchingRule =>
  (call) => {
    if (!state.mentioned.has(call.kernel)) {
      state.mentioned.add(call.kernel);
      console.warn(
        `vmap: the kernel ${call.kernel} has no batching rule, so it runs once for each sample. ` +
          `Register one with registerBatchingRule('${call.kernel}', rule).`,
      );
    }
    return perSample(call);
  };
