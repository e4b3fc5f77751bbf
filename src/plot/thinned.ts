/** More columns than a figure has pixels. */
const COLUMNS = 600;

const least = (values: ArrayLike<number>, indices: readonly number[], sign: number): number =>
  indices.reduce(
    (best, i) => (sign * (values[i] as number) < sign * (values[best] as number) ? i : best),
    indices[0] as number,
  );

/**
 * The indices that are visible of curves over the same ascending x: of each column of pixels the first, the last and, for
 * each curve, the lowest and highest. A curve of a million steps looks the same and takes a few kilobytes.
 */
export const thinned = (x: readonly number[], ...curves: readonly ArrayLike<number>[]): readonly number[] => {
  const all = x.map((_, i) => i);
  if (x.length <= 2 * COLUMNS) return all;
  const low = x[0] as number;
  const length = (x.at(-1) as number) - low || 1;
  const columns: number[][] = [];
  for (const i of all) {
    const column = Math.min(Math.floor((((x[i] as number) - low) / length) * COLUMNS), COLUMNS - 1);
    columns[column] ??= [];
    columns[column].push(i);
  }
  return columns.flatMap((indices) => {
    const kept = curves.flatMap((values) => [least(values, indices, 1), least(values, indices, -1)]);
    return [...new Set([indices[0] as number, ...kept, indices.at(-1) as number])].sort((a, b) => a - b);
  });
};
