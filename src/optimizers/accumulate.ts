import { add, clone, div, sub, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { invalidArgument, isCount, positiveInteger } from '../check/index.ts';
import { map, type Tree, tidied, zipWith } from '../tree/index.ts';
import {
  assertFits,
  assertTransformation,
  type GradientTransformation,
  requirements,
} from './gradientTransformation.ts';

/** The state of `accumulate`. */
export interface AccumulateState<S> {
  /** The number of gradients since the last update of the optimizer, from 0 to `n - 1`. */
  readonly count: number;
  /** The mean of these gradients, a tree like the parameters. */
  readonly mean: Tree<Tensor>;
  /** The state of the optimizer. */
  readonly inner: S;
}

const zeros = <T>(tree: T): T => map((x) => zerosLike(x))<unknown>(tree) as T;

const checkState = (state: AccumulateState<unknown>, n: number, params: unknown): void => {
  if (typeof state !== 'object' || state === null)
    invalidArgument('accumulate: state', 'a state returned by init or update', state);
  if (!isCount(state.count) || state.count >= n)
    invalidArgument('accumulate: state.count', `an integer from 0 to ${n - 1}`, state.count);
  assertFits('accumulate: state.mean', state.mean, params);
};

/**
 * Updates the parameters once every `n` gradients, with their mean: `n` batches in the memory of one. In between the
 * updates are zeros, and the optimizer's state stays as it is, so that a schedule in it counts updates, not batches. The
 * mean is that of optax's `MultiSteps`, a running one (Welford 1962). With an `n` of 1 the updates are the optimizer's own.
 *
 * @throws Error if `n` is not a positive integer, the optimizer is not one or has a schedule as its temperature, or a gradient does not fit the parameters or the
 * state
 * @example
 * const optimizer = accumulate(4)(adam({ learningRate: 1e-3 }));
 */
export const accumulate = (n: number) => {
  positiveInteger('accumulate: n', n);
  return <S>(optimizer: GradientTransformation<S>): GradientTransformation<AccumulateState<S>> => {
    assertTransformation('accumulate: optimizer', optimizer);
    if (n > 1 && typeof optimizer.temperature === 'function')
      invalidArgument(
        'accumulate: temperature of the optimizer',
        'a number, as a schedule in it counts updates and that of the loss counts batches',
        optimizer.temperature,
      );
    return {
      ...requirements('accumulate', [optimizer]),
      init: (params) =>
        tidied(() => ({ count: 0, mean: zeros(params) as Tree<Tensor>, inner: optimizer.init(params) })),
      update: <P>(gradient: P, state: AccumulateState<S>, params: P, statistics?: object) => {
        assertFits('accumulate: gradient', gradient, params);
        checkState(state, n, params);
        return tidied(() => {
          const count = state.count + 1;
          const mean = zipWith((m, g) => add(m, div(sub(g, m), count)))<unknown>(
            state.mean,
            gradient,
          ) as Tree<Tensor>;
          if (count < n) {
            const inner = map((x) => clone(x))<unknown>(state.inner) as S;
            return { updates: zeros(gradient), state: { count, mean, inner } };
          }
          const { updates, state: inner } = optimizer.update(mean as P, state.inner, params, statistics);
          return { updates, state: { count: 0, mean: zeros(mean), inner } };
        });
      },
    };
  };
};
