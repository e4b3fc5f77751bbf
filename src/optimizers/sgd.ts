import { knownOptions, misuse, type OptionNames, positiveNumber } from '../check/index.ts';
import { chain } from './chain.ts';
import { checkDecay } from './checkDecay.ts';
import type { EmptyState, GradientTransformation } from './gradientTransformation.ts';
import { scale } from './scale.ts';
import { type TraceState, trace } from './trace.ts';

/** Options of `sgd`. */
export interface SgdOptions {
  /** What a gradient is multiplied by to make a step, above 0. */
  readonly learningRate: number;
  /** How much of the last step's direction is kept, in [0, 1); default 0. */
  readonly momentum?: number;
  /** Nesterov's variant of momentum; default false. */
  readonly nesterov?: boolean;
}

const optionNames: OptionNames<SgdOptions> = { learningRate: true, momentum: true, nesterov: true };

/** The state of `sgd`: nothing, or that of its momentum and of its learning rate. */
export type SgdState = EmptyState | readonly [TraceState, EmptyState];

/**
 * Stochastic gradient descent, with momentum if asked for.
 *
 * @throws Error if the learning rate is not above 0, the momentum not in [0, 1), or `nesterov` goes without it
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
 */
export const sgd = (options: SgdOptions): GradientTransformation<SgdState> => {
  const { learningRate, momentum = 0, nesterov = false } = knownOptions('sgd', options, optionNames);
  positiveNumber('sgd: learningRate', learningRate);
  checkDecay('sgd: momentum', momentum);
  if (nesterov && momentum === 0) misuse('sgd: momentum', 'above 0 where nesterov is true', momentum);
  const descend = scale(-learningRate);
  return (
    momentum === 0
      ? descend
      : chain<readonly [TraceState, EmptyState]>(trace({ decay: momentum, nesterov }), descend)
  ) as GradientTransformation<SgdState>;
};
