import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import { physicalIn } from '../promote.ts';
import type { Attributes, BatchingRule } from '../rule.ts';
import { batchTracer } from '../tracer.ts';

/**
 * The rule for a kernel that is a composition of other operations: `f` computes the kernel's result from the tensors
 * of one sample in plain `tf.*` calls.
 *
 * @example
 * const rule = decompose(({ x, scale }) => tf.mul(x!, scale!));
 */
export const decompose = (
  f: (inputs: Readonly<Record<string, Tensor | undefined>>, attrs: Attributes) => Tensor,
): BatchingRule => {
  if (typeof f !== 'function') invalidArgument('decompose: f', 'a function of the inputs and attributes', f);
  return ({ inputs, attrs, level, size }) => {
    const logical = Object.entries(inputs).map(([name, input]) => [
      name,
      input?.batched ? batchTracer(input.tensor, level) : input?.tensor,
    ]);
    return physicalIn({ level, size })(f(Object.fromEntries(logical), attrs));
  };
};
