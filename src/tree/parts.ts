/**
 * The names among these that are not parts of others: not `divergence/0.weight` beside `divergence`.
 *
 * @example
 * outermost(['loss', 'divergence', 'divergence/0.weight']); // ['loss', 'divergence']
 */
export const outermost = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !names.some((whole) => name.startsWith(`${whole}/`)));
