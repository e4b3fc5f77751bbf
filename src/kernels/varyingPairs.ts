import type { Varying } from '../ops/recording.ts';

/** Whether two lists hold the same values, bit for bit. */
export const sameValues = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
};

/**
 * The pairs of integers in which two lists of the same even length differ, as the words of keys do, and where each pair begins.
 *
 * @example
 * varyingPairs([1, 2, 3, 4], [1, 2, 3, 5]); // [{ at: 2, first: [3, 4], second: [3, 5] }]
 */
export const varyingPairs = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): readonly (Varying & { readonly at: number })[] =>
  Array.from({ length: a.length / 2 }, (_, i) => 2 * i)
    .filter((at) => a[at] !== b[at] || a[at + 1] !== b[at + 1])
    .map((at) => ({ at, first: [a[at]!, a[at + 1]!], second: [b[at]!, b[at + 1]!] }));
