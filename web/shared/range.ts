/** The data of both plots lie within `-RANGE` and `RANGE` on each axis. */
export const RANGE = 3;

/** The number of x coordinates at which curves are computed. */
export const CURVE = 121;

/** Cells on a side of the maps, fine and coarse. */
export const CELLS = { fine: 41, coarse: 21 } as const;

/** Values from `-RANGE` to `RANGE` in equal steps, both ends included. */
export const evenGrid = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => -RANGE + (2 * RANGE * i) / (count - 1));
