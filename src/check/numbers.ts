import { misuse } from './misuse.ts';

/**
 * The value, if it is a positive integer.
 *
 * @throws Error naming the argument otherwise
 * @example
 * positiveInteger('vmapSamples: samples', 10); // 10
 */
export const positiveInteger = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? value
    : misuse(argument, 'a positive integer', value);

/**
 * The value, if it is a finite number above zero.
 *
 * @throws Error naming the argument otherwise
 * @example
 * positiveNumber('normal: std', 0.1); // 0.1
 */
export const positiveNumber = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
    ? value
    : misuse(argument, 'a finite number above 0', value);
