import type { Tensor } from '@tensorflow/tfjs-core';

/** An input of a kernel as a batching rule sees it. */
export interface Operand {
  /** The tensor, with the batch axis first where it is batched. */
  readonly tensor: Tensor;
  /** Whether each sample has its own; otherwise the tensor is the same for all samples. */
  readonly batched: boolean;
  /** The shape of one sample, without the batch axis. */
  readonly shape: readonly number[];
}

/** Attributes of a kernel, by tfjs's names. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Inputs of a kernel: by tfjs's names, or a list for those that take one (`Concat`, `Pack`, `AddN`). */
export type KernelInputs = readonly Tensor[] | Readonly<Record<string, Tensor | null | undefined>>;

/** One call of a kernel with at least one batched input. */
export interface KernelCall {
  /** The kernel's name, such as `'MaxPool'`. */
  readonly kernel: string;
  /** The inputs by name (`'0'`, `'1'`, ... for a list); one that was left out is `undefined`. */
  readonly inputs: Readonly<Record<string, Operand | undefined>>;
  readonly attrs: Attributes;
  /** The number of samples. */
  readonly size: number;
  /** The level of the `vmap` at work; needed by rules that make tracers, such as `decompose`. */
  readonly level: number;
  /** Runs a kernel, by default the same one. */
  readonly run: (inputs: KernelInputs, attrs?: Attributes, kernel?: string) => Tensor | readonly Tensor[];
}

/**
 * How a kernel runs on a whole batch: from inputs with and without a batch axis to outputs that all have
 * one, first. A rule written in `tf.*` calls, or in kernels that have a gradient, is differentiable.
 */
export type BatchingRule = (call: KernelCall) => Tensor | readonly Tensor[];
