import type { Point } from '../shared/points.ts';
import { RANGE } from '../shared/range.ts';

/** A drawing surface, in the units of its canvas. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** From a point of the plot, whose y axis points upwards, to its position on a surface. */
export const toSurface = ({ width, height }: Size, { x, y }: Point): Point => ({
  x: ((x + RANGE) / (2 * RANGE)) * width,
  y: ((RANGE - y) / (2 * RANGE)) * height,
});

/** From a position on a surface to the point of the plot. */
export const toPlot = ({ width, height }: Size, { x, y }: Point): Point => ({
  x: (x / width) * 2 * RANGE - RANGE,
  y: RANGE - (y / height) * 2 * RANGE,
});

/** The nearest point within the plot. */
export const withinPlot = ({ x, y }: Point): Point => ({
  x: Math.max(-RANGE, Math.min(RANGE, x)),
  y: Math.max(-RANGE, Math.min(RANGE, y)),
});

/** The value at `x` of a curve given at equal steps over the plot, by linear interpolation. */
export const curveAt = (values: ArrayLike<number>, x: number): number => {
  const at = Math.max(0, Math.min(1, (x + RANGE) / (2 * RANGE))) * (values.length - 1);
  const [below, above] = [values[Math.floor(at)] as number, values[Math.ceil(at)] as number];
  return below + (at - Math.floor(at)) * (above - below);
};

/** The value at a point of a map of `cells` by `cells` values over the plot, row by row from the top. */
export const mapAt = (values: ArrayLike<number>, cells: number, { x, y }: Point): number => {
  const cell = (t: number): number => Math.round(Math.max(0, Math.min(1, t)) * (cells - 1));
  const column = cell((x + RANGE) / (2 * RANGE));
  const row = cell((RANGE - y) / (2 * RANGE));
  return values[row * cells + column] as number;
};
