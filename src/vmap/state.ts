import { engine, type Tensor } from '@tensorflow/tfjs-core';
import type { Replacement } from './hooks.ts';
import type { BatchingRule } from './rule.ts';

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
