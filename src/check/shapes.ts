/**
 * Whether two shapes are equal, axis by axis.
 *
 * @example
 * sameShape([2, 3], [2, 3]); // true
 */
export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);
