import { add, clone, mul, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { knownOptions, misuse, type OptionNames } from '../check/index.ts';
import { map, type Tree, tidied, zipWith } from '../tree/index.ts';
import { assertFits } from './assertFits.ts';
import { checkDecay } from './checkDecay.ts';
import type { GradientTransformation } from './gradientTransformation.ts';

/** Options of `trace`. */
export interface TraceOptions {
  /** The part of the trace that is kept each step, in [0, 1). */
  readonly decay: number;
  /** Look one step ahead, as Nesterov's method does; default false. */
  readonly nesterov?: boolean;
}

const optionNames: OptionNames<TraceOptions> = { decay: true, nesterov: true };

/** The state of `trace`: the decaying sum of gradients, a tree like the parameters. */
export interface TraceState {
  readonly trace: Tree<Tensor>;
}

/**
 * Momentum: replaces the gradient by a decaying sum of all gradients so far, `t <- g + decay t`; with `nesterov`
 * by `g + decay t` of the new sum (Sutskever et al., On the importance of initialization and momentum in deep
 * learning, 2013).
 *
 * @throws Error if the decay is not in [0, 1), or a gradient does not fit the parameters or the state
 * @example
 * const momentum = chain(trace({ decay: 0.9 }), scale(-0.01));
 */
export const trace = (options: TraceOptions): GradientTransformation<TraceState> => {
  const { decay, nesterov = false } = knownOptions('trace', options, optionNames);
  checkDecay('trace: decay', decay);
  if (typeof nesterov !== 'boolean') misuse('trace: nesterov', 'true or false', nesterov);
  const accumulate = (sum: Tensor, g: Tensor): Tensor => add(g, mul(sum, decay));
  return {
    init: (params) => ({ trace: map(zeros)(params) as Tree<Tensor> }),
    update: <P>(gradient: P, state: TraceState, params: P) => {
      assertFits('trace: gradient', gradient, params);
      if (typeof state !== 'object' || state === null)
        misuse('trace: state', 'what init or update gave', state);
      assertFits('trace: state.trace', state.trace, params);
      return tidied(() => {
        const next = zipWith(accumulate)<unknown>(state.trace, gradient) as Tree<Tensor>;
        const updates = nesterov
          ? zipWith(accumulate)<unknown>(next, gradient)
          : map((t) => clone(t))<unknown>(next);
        return { updates: updates as P, state: { trace: next } };
      });
    },
  };
};

const zeros = (x: Tensor): Tensor => zerosLike(x);
