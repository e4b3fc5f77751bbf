import { SIDE } from './raster.ts';
import type { Place, Strokes } from './strokes.ts';

/** The eight neighbours of a pixel, clockwise from the one above. */
const AROUND = [
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
] as const;

type Grid = readonly boolean[];

const inkAt = (grid: Grid, x: number, y: number): boolean =>
  x >= 0 && x < SIDE && y >= 0 && y < SIDE && grid[y * SIDE + x] === true;

const neighbours = (grid: Grid, at: number): readonly boolean[] =>
  AROUND.map(([dx, dy]) => inkAt(grid, (at % SIDE) + dx, Math.floor(at / SIDE) + dy));

/** One of the two passes of Zhang and Suen's thinning (1984). */
const thinned = (grid: Grid, first: boolean): Grid =>
  grid.map((ink, at) => {
    if (!ink) return false;
    const p = neighbours(grid, at);
    const count = p.filter(Boolean).length;
    const turns = p.filter((on, i) => !on && p[(i + 1) % 8]).length;
    const [north, , east, , south, , west] = p;
    const open = first
      ? !(north && east && south) && !(east && south && west)
      : !(north && east && west) && !(north && south && west);
    return !(count >= 2 && count <= 6 && turns === 1 && open);
  });

const thin = (grid: Grid): Grid => {
  const next = thinned(thinned(grid, true), false);
  return next.every((ink, at) => ink === grid[at]) ? grid : thin(next);
};

/** Lines along a skeleton that follow each edge once, from a pixel to a neighbour that is not yet linked to it. */
const traced = (grid: Grid): Strokes => {
  const edges = new Set<string>();
  const place = (at: number): Place => ({ x: (at % SIDE) + 0.5, y: Math.floor(at / SIDE) + 0.5 });
  const key = (a: number, b: number): string => `${Math.min(a, b)}-${Math.max(a, b)}`;
  const links = (at: number): readonly number[] =>
    AROUND.flatMap(([dx, dy]) => {
      const [x, y] = [(at % SIDE) + dx, Math.floor(at / SIDE) + dy];
      const corner = dx !== 0 && dy !== 0;
      // A diagonal beside two straight links would be drawn as a triangle.
      const needed = !corner || !(inkAt(grid, x, y - dy) || inkAt(grid, x - dx, y));
      return inkAt(grid, x, y) && needed ? [y * SIDE + x] : [];
    });
  const follow = (from: number): readonly number[] => {
    const to = links(from).find((at) => !edges.has(key(from, at)));
    if (to === undefined) return [from];
    edges.add(key(from, to));
    return [from, ...follow(to)];
  };
  const pixels = grid.flatMap((ink, at) => (ink ? [at] : []));
  const ends = pixels.filter((at) => links(at).length === 1);
  return [...ends, ...pixels].flatMap((at) => {
    const line = follow(at);
    return line.length > 1 || links(at).length === 0 ? [line.map(place)] : [];
  });
};

/** The skeleton of a 28 by 28 picture, as pen strokes. */
export const traceStrokes = (pixels: ArrayLike<number>): Strokes =>
  traced(thin(Array.from({ length: SIDE * SIDE }, (_, at) => (pixels[at] as number) > 0.4)));
