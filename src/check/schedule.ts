/** A value that changes as training goes on: a function of the number of steps so far, 0 before the first. */
export type Schedule = (step: number) => number;

/** Returns a value if it is valid, and throws an error that names the argument otherwise. */
type Check = (argument: string, value: unknown) => number;

/**
 * Returns a setting if it is a function, or a number that passes the check.
 *
 * @throws Error naming the argument otherwise
 * @example
 * numberOrSchedule('adam: learningRate', (step) => 0.1 / (1 + step), positiveNumber);
 */
export const numberOrSchedule = (argument: string, setting: unknown, check: Check): number | Schedule =>
  typeof setting === 'function' ? (setting as Schedule) : check(argument, setting);

/**
 * The value of a setting at a step. A number has been checked before; what a schedule returns is checked now.
 *
 * @throws Error naming the argument and the step
 * @example
 * valueAt('adam: learningRate', (step) => -step, 3, nonNegativeNumber);
 * // Error: adam: learningRate at step 3 must be a finite number of at least 0, got -3
 */
export const valueAt = (argument: string, setting: number | Schedule, step: number, check: Check): number =>
  typeof setting === 'number' ? setting : check(`${argument} at step ${step}`, setting(step));
