import * as tf from '@tensorflow/tfjs-core';
import { knownOptions, misuse, type OptionNames } from '../check/index.ts';
import { at, entries, map, type Tree, tidied, unflatten } from '../tree/index.ts';
import { adamStep } from './adamStep.ts';
import { assertFits } from './assertFits.ts';
import { checkDecay } from './checkDecay.ts';
import type { GradientTransformation } from './gradientTransformation.ts';

/** Options of `scaleByAdam`. */
export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients, in [0, 1); default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

/** The names of `ScaleByAdamOptions`. */
export const scaleByAdamOptionNames: OptionNames<ScaleByAdamOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
};

/** The state of `scaleByAdam`: the updates so far and running means, both trees like the parameters. */
export interface ScaleByAdamState {
  readonly step: number;
  /** The mean of gradients, not yet corrected for its start at zero. */
  readonly firstMoment: Tree<tf.Tensor>;
  /** The mean of squared gradients, not yet corrected for its start at zero. */
  readonly secondMoment: Tree<tf.Tensor>;
}

/**
 * Arithmetic with denormal numbers (below 2^-126) is up to a hundred times slower, and moments decay to them where gradients
 * vanish. A second moment below `tiny` is 0; adding and subtracting `coarse` rounds the first to multiples of its last bit,
 * 8e-31.
 */
const tiny = 2 ** -126;
const coarse = 1e-23;

/**
 * `scaleByAdam` under the name that errors give it: that of the function that was called.
 *
 * @throws Error naming `fn` where `scaleByAdam` throws
 * @example
 * scaleByAdamOf('adam', { beta2: 0.99 });
 */
export const scaleByAdamOf = (
  fn: string,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: ScaleByAdamOptions,
): GradientTransformation<ScaleByAdamState> => {
  checkDecay(`${fn}: beta1`, beta1);
  checkDecay(`${fn}: beta2`, beta2);
  if (!(typeof epsilon === 'number' && Number.isFinite(epsilon) && epsilon >= 0)) {
    misuse(`${fn}: epsilon`, 'a finite number, 0 or above', epsilon);
  }
  return {
    init: (params) => ({
      step: 0,
      firstMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
      secondMoment: map((x) => tf.zerosLike(x))(params) as Tree<tf.Tensor>,
    }),
    update: <P>(gradient: P, state: ScaleByAdamState, params: P) => {
      assertFits(`${fn}: gradient`, gradient, params);
      if (typeof state !== 'object' || state === null)
        misuse(`${fn}: state`, 'what init or update gave', state);
      assertFits(`${fn}: state.firstMoment`, state.firstMoment, params);
      assertFits(`${fn}: state.secondMoment`, state.secondMoment, params);
      const step = state.step + 1;
      const correction1 = 1 - beta1 ** step;
      const correction2 = 1 - beta2 ** step;
      // m / correction1 / (sqrt(v / correction2) + epsilon), with the corrections in two numbers, not two passes.
      const numbers = {
        rate1: 1 - beta1,
        rate2: 1 - beta2,
        coarse,
        tiny,
        scale: correction1 / Math.sqrt(correction2),
        epsilon: epsilon * correction1,
      };
      return tidied(() => {
        const steps = entries(state.firstMoment).map(({ path, tensor }) => {
          const [second, slope] = [at(path)(state.secondMoment), at(path)(gradient)] as [
            tf.Tensor,
            tf.Tensor,
          ];
          return adamStep(tensor, second, slope, numbers);
        });
        const tree = unflatten(state.firstMoment);
        return {
          updates: tree(steps.map(({ direction }) => direction)) as P,
          state: {
            step,
            firstMoment: tree(steps.map(({ first }) => first)),
            secondMoment: tree(steps.map(({ second }) => second)),
          },
        };
      });
    },
  };
};

/**
 * Divides the running mean of gradients by the root of the running mean of their squares, both corrected for
 * their start at zero (Kingma & Ba, Adam: a method for stochastic optimization, 2015, algorithm 1). Means of gradients
 * below about 1e-30 and means of their squares below 1.2e-38 are 0, so that they never become denormal: with an `epsilon` of
 * 0, gradients below 3e-18 give shorter steps than they should. Where a square is too large for float32 (a gradient above
 * 1.8e19) the step is NaN.
 *
 * @throws Error if an option is out of its range, or a gradient does not fit the parameters or the state
 * @example
 * const adamLike = chain(scaleByAdam({ beta2: 0.99 }), scale(-1e-3));
 */
export const scaleByAdam = (options: ScaleByAdamOptions = {}): GradientTransformation<ScaleByAdamState> =>
  scaleByAdamOf('scaleByAdam', knownOptions('scaleByAdam', options, scaleByAdamOptionNames));
