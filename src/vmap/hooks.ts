import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Attributes, KernelInputs } from './rule.ts';
import type { Frame } from './state.ts';

/** A call of a function with a gradient of its own, which comes of `tf.customGrad`. */
export interface CustomCall {
  /** A call of a registered kernel has a name, and is no such call. */
  readonly kernelName?: undefined;
  readonly forwardFunc: (backend: unknown, save: (tensors: readonly Tensor[]) => void) => Tensor;
  readonly backwardsFunc: (dy: Tensor, saved: readonly Tensor[]) => Readonly<Record<string, () => Tensor>>;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** The methods of tfjs's engine that are replaced while a `vmap` runs. */
export interface Hooks {
  readonly runKernel: (
    kernel: string,
    inputs: KernelInputs,
    attrs?: Attributes,
  ) => Tensor | readonly Tensor[];
  readonly runKernelFunc: (call: CustomCall | { readonly kernelName: string }) => Tensor | readonly Tensor[];
  readonly gradients: (
    f: () => Tensor,
    xs: readonly Tensor[],
    dy?: Tensor | null,
    allowNoGradients?: boolean,
  ) => { readonly value: Tensor; readonly grads: readonly (Tensor | null | undefined)[] };
  readonly makeVariable: (initialValue: Tensor, ...rest: readonly unknown[]) => Variable;
  readonly disposeTensor: (tensor: Tensor) => void;
  readonly disposeVariable: (variable: Variable) => void;
}

/**
 * The engine, its private methods among those that are replaced.
 *
 * @example
 * hookedEngine().runKernel('Exp', { x });
 */
export const hookedEngine = (): Hooks => engine() as unknown as Hooks;

/** What is put on the engine, and what was there. */
export interface Replacement {
  readonly found: Hooks;
  readonly hooks: Hooks;
}

/** Runs a function as part of a `vmap`. */
export type Within = <Y>(frame: Frame, body: () => Y) => Y;
