import { mul } from '@tensorflow/tfjs-core';
import {
  finiteNumber,
  invalidArgument,
  isCount,
  nonNegativeNumber,
  numberOrSchedule,
  positiveNumber,
  type Schedule,
  valueAt,
} from '../check/index.ts';
import { map, tidied } from '../tree/index.ts';
import { assertFits, type GradientTransformation } from './gradientTransformation.ts';

/** The state of `scale` and of a learning rate: empty for a number, the number of updates for a schedule. */
export interface ScaleState {
  readonly step?: number;
}

const checkedStep = (fn: string, state: unknown): number => {
  const valid = typeof state === 'object' && state !== null && 'step' in state && isCount(state.step);
  return valid
    ? (state.step as number)
    : invalidArgument(`${fn}: state`, 'a state with a step count, returned by init or update', state);
};

/** A factor for each step, and the state that counts them. */
export interface Factor {
  readonly init: () => ScaleState;
  readonly at: (state: ScaleState) => { readonly by: number; readonly next: ScaleState };
}

/** For a number the state stays empty, as in checkpoints of version 0.1. */
const factorOf = (fn: string, setting: number | Schedule, value: (step: number) => number): Factor =>
  typeof setting === 'function'
    ? {
        init: () => ({ step: 0 }),
        at: (state) => {
          const step = checkedStep(fn, state);
          return { by: value(step), next: { step: step + 1 } };
        },
      }
    : { init: () => ({}), at: (next) => ({ by: value(0), next }) };

/** Multiplies by a factor for each step. */
const multiplication = (fn: string, factor: Factor): GradientTransformation<ScaleState> => ({
  init: factor.init,
  update: <P>(gradient: P, state: ScaleState, params: P) => {
    assertFits(`${fn}: gradient`, gradient, params);
    const { by, next } = factor.at(state);
    return { updates: tidied(() => map((g) => mul(g, by))(gradient) as P), state: next };
  },
});

/**
 * Multiplies all updates by a number, negative for descent, or by the values of a schedule. A factor of 0 freezes the
 * parameters.
 *
 * @throws Error if the factor is not finite, also for a value of the schedule, or a gradient does not fit the parameters
 * @example
 * const gradientDescent = scale(-0.1);
 * const slowing = scale((step) => -1 / (10 + step));
 */
export const scale = (factor: number | Schedule): GradientTransformation<ScaleState> => {
  const setting = numberOrSchedule('scale: factor', factor, finiteNumber);
  const value = (step: number) => valueAt('scale: factor', setting, step, finiteNumber);
  return multiplication('scale', factorOf('scale', setting, value));
};

/**
 * Minus a learning rate for each step.
 *
 * @throws Error naming `fn` if the rate is not above 0; in `at` for a value of its schedule below 0
 * @example
 * descent('adam', 1e-3).at({}).by; // -0.001
 */
export const descent = (fn: string, learningRate: number | Schedule): Factor => {
  const argument = `${fn}: learningRate`;
  const setting = numberOrSchedule(argument, learningRate, positiveNumber);
  return factorOf(fn, setting, (step) => -valueAt(argument, setting, step, nonNegativeNumber));
};

/**
 * Multiplies all updates by minus a learning rate.
 *
 * @throws Error naming `fn` if the rate is not above 0, or a value of its schedule below 0
 * @example
 * chain(trace({ decay: 0.9 }), scaleByLearningRate('sgd', 0.1));
 */
export const scaleByLearningRate = (
  fn: string,
  learningRate: number | Schedule,
): GradientTransformation<ScaleState> => multiplication(fn, descent(fn, learningRate));
