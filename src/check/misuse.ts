import { describe } from './describe.ts';

/**
 * Throws for an argument that no right program passes: names it, what was expected and what it was, and may end with what
 * to write instead.
 *
 * @throws Error always, e.g. `vmapSamples: samples must be a positive integer, got 0`
 * @example
 * if (rate < 0) misuse('dropout: rate', 'a number in [0, 1)', rate);
 */
export const misuse = (argument: string, expected: string, got: unknown, instead?: string): never => {
  throw new Error(
    `${argument} must be ${expected}, got ${describe(got)}${instead === undefined ? '' : `; ${instead}`}`,
  );
};
