import type { Tensor } from '@tensorflow/tfjs-core';
import { perSample } from '../fallback.ts';
import type { Attributes, BatchingRule, KernelCall } from '../rule.ts';
import { batched, mapInputs, merge, unmerge } from './operands.ts';

const mergedAttrs = ({ attrs, size }: KernelCall): Attributes => {
  const [first, ...rest] = (attrs.inputShape as readonly number[] | undefined) ?? [];
  return first === undefined ? attrs : { ...attrs, inputShape: [size * first, ...rest] };
};

/**
 * The output of one call for all samples, where `join` merges the samples of each named input; `undefined` if another
 * input differs between samples.
 */
export const joined = (
  call: KernelCall,
  names: readonly string[],
  join: (physical: Tensor) => Tensor,
  attrs: Attributes,
): Tensor | readonly Tensor[] | undefined =>
  Object.entries(call.inputs).some(([name, input]) => input?.batched && !names.includes(name))
    ? undefined
    : call.run(
        mapInputs(call, (input, name) =>
          names.includes(name) ? join(batched(input, call.size)) : input.tensor,
        ),
        attrs,
      );

/**
 * For kernels whose named inputs have their own batch axis: samples and batch become one long batch, if all samples
 * share the other inputs (filters).
 */
export const merging =
  (...names: readonly string[]): BatchingRule =>
  (call) => {
    const output = joined(call, names, merge, mergedAttrs(call));
    if (output === undefined) return perSample(call);
    return Array.isArray(output)
      ? output.map((one) => unmerge(one, call.size))
      : unmerge(output as Tensor, call.size);
  };
