import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../check/index.ts';
import { vmapState } from './state.ts';

/** An input of a kernel as a batching rule sees it. */
export interface Operand {
  /** The tensor, with the batch axis first where it is batched. */
  readonly tensor: Tensor;
  /** Whether each sample has its own tensor; otherwise all samples share it. */
  readonly batched: boolean;
  /** The shape of one sample, without the batch axis. */
  readonly shape: readonly number[];
}

/** The attributes of a kernel, by tfjs's names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** The inputs of a kernel: by tfjs's names, or a list for kernels that take one (`Concat`, `Pack`, `AddN`). */
export type KernelInputs = readonly Tensor[] | Readonly<Record<string, Tensor | null | undefined>>;

/** One call of a kernel with at least one batched input. */
export interface KernelCall {
  /** The kernel's name, such as `'MaxPool'`. */
  readonly kernel: string;
  /** The inputs by name (`'0'`, `'1'`, ... for a list); a missing one is `undefined`. */
  readonly inputs: Readonly<Record<string, Operand | undefined>>;
  readonly attrs: Attributes;
  /** The number of samples. */
  readonly size: number;
  /** The level of this `vmap`; needed by rules that make tracers, such as `decompose`. */
  readonly level: number;
  /** Runs a kernel, by default the same one. */
  readonly run: (inputs: KernelInputs, attrs?: Attributes, kernel?: string) => Tensor | readonly Tensor[];
}

/**
 * How a kernel runs on a whole batch: from inputs with or without a batch axis to outputs that all have one, as their
 * first axis. A rule written in `tf.*` calls, or in kernels that have a gradient, is differentiable.
 */
export type BatchingRule = (call: KernelCall) => Tensor | readonly Tensor[];

/**
 * Registers how `vmap` runs a kernel on a whole batch, for your own kernel or in place of a built-in rule. Without a
 * rule a kernel runs once for each sample.
 *
 * @param kernel the name under which the kernel is registered with tfjs
 * @param rule see `BatchingRule`
 * @throws Error if the name is empty or the rule is not a function
 * @example
 * registerBatchingRule('MyScale', ({ inputs, attrs, run }) =>
 *   run({ x: inputs.x!.tensor }, attrs),
 * );
 */
export const registerBatchingRule = (kernel: string, rule: BatchingRule): void => {
  if (typeof kernel !== 'string' || kernel === '') {
    invalidArgument('registerBatchingRule: kernel', 'the name of a kernel', kernel);
  }
  if (typeof rule !== 'function') invalidArgument('registerBatchingRule: rule', 'a function', rule);
  vmapState().rules.set(kernel, rule);
};
