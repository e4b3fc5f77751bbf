import { add, cast, div, mul, type Scalar, scalar, step, sub, where } from '@tensorflow/tfjs-core';
import { positiveNumber } from '../check/index.ts';
import { map, tidied } from '../tree/index.ts';
import { assertFits } from './assertFits.ts';
import { scaledNorm } from './globalNorm.ts';
import type { EmptyState, GradientTransformation } from './gradientTransformation.ts';

/** What to divide and then to multiply a gradient by, so that neither the norm nor its inverse has to be formed. */
const shrinking = (gradient: unknown, maxNorm: number): readonly [divisor: Scalar, factor: Scalar] => {
  const { largest, relative } = scaledNorm(gradient);
  const factor = div(maxNorm, relative);
  // A step has a gradient, which a comparison lacks.
  const isLong = cast(step(sub(1, div(factor, largest))), 'bool');
  // Of a gradient with NaN nothing is right; one that is shorter is left as it is.
  const nothing = add(1, mul(relative, 0));
  return [where(isLong, largest, scalar(1)), where(isLong, factor, nothing) as Scalar];
};

/**
 * Shrinks a gradient whose norm over all parameters together is above `maxNorm` to that norm; its direction
 * stays (Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks, 2013). With an infinity or NaN
 * in it there is no norm, and all of it becomes NaN.
 *
 * @throws Error if `maxNorm` is not a finite number above 0, or a gradient does not fit the parameters
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation<EmptyState> => {
  positiveNumber('clipByGlobalNorm: maxNorm', maxNorm);
  return {
    init: () => ({}),
    update: <P>(gradient: P, state: EmptyState, params: P) => {
      assertFits('clipByGlobalNorm: gradient', gradient, params);
      const updates = tidied(() => {
        const [divisor, factor] = shrinking(gradient, maxNorm);
        return map((g) => mul(div(g, divisor), factor))(gradient) as P;
      });
      return { updates, state };
    },
  };
};
