import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Attributes, BatchingRule, KernelInputs } from './rule.ts';

/** A call of a function made with `tf.customGrad`. */
export interface CustomCall {
  /** Calls of registered kernels have a name; these do not. */
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
 * The engine, typed with the methods that are replaced, some of them private.
 *
 * @example
 * hookedEngine().runKernel('Exp', { x });
 */
export const hookedEngine = (): Hooks => engine() as unknown as Hooks;

/** The hooks on the engine, and the methods they replace. */
export interface Replacement {
  readonly found: Hooks;
  readonly hooks: Hooks;
}

/** Runs a function as part of a `vmap`. */
export type Within = <Y>(frame: Frame, body: () => Y) => Y;

/** A running `vmap`: its level and the number of samples. */
export interface Frame {
  readonly level: number;
  readonly size: number;
}

/** A differentiated tensor, and the batched tensor that replaces it meanwhile. */
export interface Promotion {
  readonly id: number;
  readonly level: number;
  readonly tensor: Tensor;
}

/**
 * The mutable state of `vmap`. It is stored on tfjs's engine, which all loaded copies of this library share, and whose
 * kernels `vmap` maps.
 */
export interface VmapState {
  /** The last level assigned. */
  level: number;
  /** The running `vmap`s, outermost first. */
  frames: readonly Frame[];
  promotions: readonly Promotion[];
  /** The last `vmap`'s replacement of the engine's methods. */
  replacement?: Replacement;
  readonly rules: Map<string, BatchingRule>;
  /** The kernels whose missing rule was already reported. */
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

/**
 * Whether a `vmap` is running.
 *
 * @example
 * vmap((x) => { isMapping(); return x; })(xs); // true
 */
export const isMapping = (): boolean => vmapState().frames.length > 0;
