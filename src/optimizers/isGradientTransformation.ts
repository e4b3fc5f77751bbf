import type { GradientTransformation } from './gradientTransformation.ts';

/**
 * Whether a value has the two functions of a gradient transformation.
 *
 * @example
 * isGradientTransformation(scale(-1)); // true
 */
export const isGradientTransformation = (value: unknown): value is GradientTransformation<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'init' in value &&
  typeof value.init === 'function' &&
  'update' in value &&
  typeof value.update === 'function';
