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

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/**
 * Returns a number of bytes: of itself, or of text with a unit.
 *
 * @throws Error naming the argument if it is neither, or not above 0
 * @example
 * byteCount('predict: memory', '1.5 GB'); // 1500000000
 */
export const byteCount = (argument: string, value: unknown): number => {
  const [, digits, unit = ''] =
    (typeof value === 'string' && /^(\d+(?:\.\d+)?) ?([kMGT]?B)$/.exec(value)) || [];
  const bytes = digits === undefined ? value : Number(digits) * units[unit]!;
  return typeof bytes === 'number' && Number.isFinite(bytes) && bytes > 0
    ? bytes
    : invalidArgument(argument, "a number of bytes above 0, such as 256e6 or '256 MB'", value);
};

/**
 * Returns the value if it is a finite number.
 *
 * @throws Error naming the argument otherwise
 * @example
 * finiteNumber('scale: factor', -1); // -1
 */
export const finiteNumber = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value)
    ? value
    : invalidArgument(argument, 'a finite number', value);

/**
 * Returns the value if it is a finite number of at least zero.
 *
 * @throws Error naming the argument otherwise
 * @example
 * nonNegativeNumber('elbo: temperature', 0.1); // 0.1
 */
export const nonNegativeNumber = (argument: string, value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? value
    : invalidArgument(argument, 'a finite number of at least 0', value);

/**
 * Whether a value counts something: an integer, 0 or above.
 *
 * @example
 * isCount(0); // true
 */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

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
