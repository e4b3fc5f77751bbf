import { add, clone, mul, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { invalidArgument, knownOptions, type OptionNames, type Schedule } from '../check/index.ts';
import { map, type Tree, tidied, zipWith } from '../tree/index.ts';
import { checkDecay } from './adam.ts';
import { chain } from './chain.ts';
import { assertFits, type GradientTransformation } from './gradientTransformation.ts';
import { type ScaleState, scaleByLearningRate } from './scale.ts';

/** Options of `trace`. */
export interface TraceOptions {
  /** The fraction of the trace that is kept each step, in [0, 1). */
  readonly decay: number;
  /** Look one step ahead, as Nesterov's method does; default false. */
  readonly nesterov?: boolean;
}

const traceOptionNames: OptionNames<TraceOptions> = { decay: true, nesterov: true };

/** The state of `trace`: the decaying sum of gradients, a tree like the parameters. */
export interface TraceState {
  readonly trace: Tree<Tensor>;
}

/**
 * Momentum: replaces the gradient by a decaying sum of all gradients so far, `t <- g + decay t`, or with `nesterov` by
 * `g + decay t` of the new sum (Sutskever et al., On the importance of initialization and momentum in deep learning,
 * 2013).
 *
 * @throws Error if the decay is not in [0, 1), or a gradient does not fit the parameters or the state
 * @example
 * const momentum = chain(trace({ decay: 0.9 }), scale(-0.01));
 */
export const trace = (options: TraceOptions): GradientTransformation<TraceState> => {
  const { decay, nesterov = false } = knownOptions('trace', options, traceOptionNames);
  checkDecay('trace: decay', decay);
  if (typeof nesterov !== 'boolean') invalidArgument('trace: nesterov', 'true or false', nesterov);
  const accumulate = (sum: Tensor, g: Tensor): Tensor => add(g, mul(sum, decay));
  return {
    init: (params) => ({ trace: map(zeros)(params) as Tree<Tensor> }),
    update: <P>(gradient: P, state: TraceState, params: P) => {
      assertFits('trace: gradient', gradient, params);
      if (typeof state !== 'object' || state === null)
        invalidArgument('trace: state', 'a state returned by init or update', state);
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

/** Options of `sgd`. */
export interface SgdOptions {
  /** The factor from gradient to step: a number above 0, or a schedule of numbers of at least 0. */
  readonly learningRate: number | Schedule;
  /** The fraction of the previous steps that is kept, in [0, 1); default 0. */
  readonly momentum?: number;
  /** Nesterov's variant of momentum; default false. */
  readonly nesterov?: boolean;
}

const sgdOptionNames: OptionNames<SgdOptions> = { learningRate: true, momentum: true, nesterov: true };

/** The state of `sgd`: that of its learning rate, or those of its momentum and its learning rate. */
export type SgdState = ScaleState | readonly [TraceState, ScaleState];

/**
 * Stochastic gradient descent, optionally with momentum.
 *
 * @throws Error if the learning rate is not above 0, the momentum not in [0, 1), or `nesterov` is set without it; in
 * `update` for a value of the schedule that is below 0 or not finite
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
 */
export const sgd = (options: SgdOptions): GradientTransformation<SgdState> => {
  const { learningRate, momentum = 0, nesterov = false } = knownOptions('sgd', options, sgdOptionNames);
  const descend = scaleByLearningRate('sgd', learningRate);
  checkDecay('sgd: momentum', momentum);
  if (nesterov && momentum === 0) invalidArgument('sgd: momentum', 'above 0 if nesterov is true', momentum);
  return (
    momentum === 0
      ? descend
      : chain<readonly [TraceState, ScaleState]>(trace({ decay: momentum, nesterov }), descend)
  ) as GradientTransformation<SgdState>;
};
