/** A point of a figure, in pixels. */
export type Point = readonly [x: number, y: number];

/** The width of a column of pixels in which only the extremes are visible. */
const COLUMN_WIDTH = 1.5;

/** The first, lowest, highest and last point, in their order. */
const extremes = (points: readonly Point[]): readonly Point[] => {
  const ys = points.map(([, y]) => y);
  const lowest = ys.reduce((best, y, i) => (y < (ys[best] as number) ? i : best), 0);
  const highest = ys.reduce((best, y, i) => (y > (ys[best] as number) ? i : best), 0);
  const kept = [...new Set([0, lowest, highest, points.length - 1])].sort((a, b) => a - b);
  return kept.map((index) => points[index] as Point);
};

/** Groups points in order of x by column of pixels. */
export const inColumns = <T>(items: readonly T[], getX: (item: T) => number): readonly (readonly T[])[] => {
  const groups: T[][] = [];
  let at = Number.NaN;
  for (const item of items) {
    const column = Math.floor(getX(item) / COLUMN_WIDTH);
    if (column !== at) groups.push([]);
    groups.at(-1)?.push(item);
    at = column;
  }
  return groups;
};

/**
 * The visible points of a curve: for a column of pixels with more than four, its first, lowest, highest and last. A curve
 * of a million steps looks the same and takes a few kilobytes.
 */
export const thinned = (points: readonly Point[]): readonly Point[] =>
  inColumns(points, ([x]) => x).flatMap((group) => (group.length > 4 ? extremes(group) : group));
