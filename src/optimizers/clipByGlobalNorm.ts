import { div, minimum, mul } from '@tensorflow/tfjs-core';
import { positiveNumber } from '../check/index.ts';
import { map, tidied } from '../tree/index.ts';
import { assertFits } from './assertFits.ts';
import { globalNorm } from './globalNorm.ts';
import type { EmptyState, GradientTransformation } from './gradientTransformation.ts';

/**
 * Shrinks a gradient whose norm over all parameters together is above `maxNorm` to that norm; its direction
 * stays (Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks, 2013).
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
        const factor = minimum(div(maxNorm, globalNorm(gradient)), 1);
        return map((g) => mul(g, factor))(gradient) as P;
      });
      return { updates, state };
    },
  };
};
