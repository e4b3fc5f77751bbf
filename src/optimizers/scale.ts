import { mul } from '@tensorflow/tfjs-core';
import { misuse } from '../check/index.ts';
import { map, tidied } from '../tree/index.ts';
import { assertFits } from './assertFits.ts';
import type { EmptyState, GradientTransformation } from './gradientTransformation.ts';

/**
 * Multiplies all updates by a number; by a negative one to go downhill.
 *
 * @throws Error if the factor is not finite, or a gradient does not fit the parameters
 * @example
 * const gradientDescent = scale(-0.1);
 */
export const scale = (factor: number): GradientTransformation<EmptyState> => {
  if (!Number.isFinite(factor)) misuse('scale: factor', 'a finite number', factor);
  return {
    init: () => ({}),
    update: <P>(gradient: P, state: EmptyState, params: P) => {
      assertFits('scale: gradient', gradient, params);
      return { updates: tidied(() => map((g) => mul(g, factor))(gradient) as P), state };
    },
  };
};
