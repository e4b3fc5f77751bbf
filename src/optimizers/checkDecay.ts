import { misuse } from '../check/index.ts';

/**
 * The value, if it is a decay rate: a number in [0, 1).
 *
 * @throws Error naming the argument otherwise
 */
export const checkDecay = (argument: string, value: unknown): number =>
  typeof value === 'number' && value >= 0 && value < 1
    ? value
    : misuse(argument, 'a number in [0, 1)', value);
