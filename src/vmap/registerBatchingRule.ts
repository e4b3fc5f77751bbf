import { misuse } from '../check/index.ts';
import type { BatchingRule } from './rule.ts';
import { vmapState } from './state.ts';

/**
 * Tells `vmap` how a kernel runs on a whole batch, for a kernel of your own or in place of a built-in rule.
 * Without a rule a kernel runs once for each sample.
 *
 * @param kernel the name under which the kernel is registered with tfjs
 * @param rule see `BatchingRule`
 * @throws Error if the name is empty or the rule no function
 * @example
 * registerBatchingRule('MyScale', ({ inputs, attrs, run }) => run({ x: inputs.x!.tensor }, attrs));
 */
export const registerBatchingRule = (kernel: string, rule: BatchingRule): void => {
  if (typeof kernel !== 'string' || kernel === '') {
    misuse('registerBatchingRule: kernel', 'the name of a kernel', kernel);
  }
  if (typeof rule !== 'function') misuse('registerBatchingRule: rule', 'a function', rule);
  vmapState().rules.set(kernel, rule);
};
