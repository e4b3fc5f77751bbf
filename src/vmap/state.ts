import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Attributes, BatchingRule, KernelInputs } from './rule.ts';

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

/** A `vmap` that is running: its level and the number of samples. */
export interface Frame {
  readonly level: number;
  readonly size: number;
}

/** A tensor under differentiation that was given a batch axis: what stands for it meanwhile. */
export interface Promotion {
  readonly id: number;
  readonly level: number;
  readonly tensor: Tensor;
}

/**
 * All that changes while `vmap` runs. It is kept on tfjs's engine: there is one engine however many copies
 * of this library a program has loaded, and the kernels it runs are what `vmap` is about.
 */
export interface VmapState {
  /** The last level given out. */
  level: number;
  /** The running `vmap`s, outermost first. */
  frames: readonly Frame[];
  promotions: readonly Promotion[];
  /** What the last `vmap` put on the engine. */
  replacement?: Replacement;
  readonly rules: Map<string, BatchingRule>;
  /** Kernels whose missing rule was already mentioned. */
  readonly mentioned: Set<string>;
}

const place: unique symbol = Symbol.for('tfjs-bayesian/vmap');

/** The state of `vmap` on the current engine. */
export const vmapState = (): VmapState => {
  const home = engine() as ReturnType<typeof engine> & { [place]?: VmapState };
  if (home[place] === undefined) {
    const value: VmapState = {
      level: 0,
      frames: [],
      promotions: [],
      rules: new Map(),
      mentioned: new Set(),
    };
    Object.defineProperty(home, place, { value });
    return value;
  }
  return home[place];
};
