import { invalidArgument } from './invalidArgument.ts';

/**
 * Returns the value if it is a positive integer.
 *
 * @throws Error naming the argument otherwise
 * @example
 * positiveInteger('vmapSamples: samples', 10); // 10
 */
export const positiveInteger = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0
    ? value
    : invalidArgument(argument, 'a positive integer', value);

/**
 * Returns the value if it is a finite number above zero.
 *
 * @throws Error naming the argument otherwise
 * @example
 * positiveNumber('normal: std', 0.1); // 0.1
 */
export const positiveNumber = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0
    ? value
    : invalidArgument(argument, 'a finite number above 0', value);

/**
 * Whether two shapes are equal, axis by axis.
 *
 * @example
 * sameShape([2, 3], [2, 3]); // true
 */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/**
 * The tag that identifies one of the library's records, or `undefined` for any other value.
 *
 * @example
 * tag(normal().prior); // 'Prior'
 */
export const tag = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && '_tag' in value && typeof value._tag === 'string'
    ? value._tag
    : undefined;
