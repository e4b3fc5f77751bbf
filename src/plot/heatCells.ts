import { element, type Markup } from './element.ts';
import type { Interval } from './interval.ts';
import { viridis } from './viridis.ts';

/** Values on a grid: a row for each y, from below, with a value for each x. */
export interface Field {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

/** The number of colours: more than the eye can tell apart side by side. */
export const LEVELS = 32;

/** Finer grids are not visible. */
const MAX_CELLS = 120;

const chunks = (length: number): readonly Interval[] => {
  const size = Math.ceil(length / MAX_CELLS);
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [
    i * size,
    Math.min((i + 1) * size, length),
  ]);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** A field of at most 120 by 120 cells; larger ones are averaged over blocks. */
export const coarser = ({ x, y, rows }: Field): Field => {
  const [across, up] = [chunks(x.length), chunks(y.length)];
  const places = (values: readonly number[], groups: readonly Interval[]) =>
    groups.map(([from, to]) => mean(values.slice(from, to)));
  return {
    x: places(x, across),
    y: places(y, up),
    rows: up.map(([from, to]) =>
      across.map(([left, right]) => mean(rows.slice(from, to).map((row) => mean(row.slice(left, right))))),
    ),
  };
};

/** The edges of cells, half way between their centres; a single cell has length one. */
export const edges = (middles: readonly number[]): readonly number[] => {
  const first = middles[0] ?? 0;
  const last = middles.at(-1) ?? 0;
  const between = middles.slice(1).map((value, i) => (value + (middles[i] as number)) / 2);
  const [before, after] = [(between[0] ?? first + 0.5) - first, last - (between.at(-1) ?? last - 0.5)];
  return [first - before, ...between, last + after];
};

/** The level of a value, from 0 to the number of levels minus one. */
export const colorLevel = ([low, high]: Interval, value: number): number =>
  Math.min(Math.max(Math.floor(((value - low) / (high - low)) * LEVELS), 0), LEVELS - 1);

/** The colour of a level. */
export const levelColor = (level: number): string => viridis(level / (LEVELS - 1));

/** The runs of equal neighbouring levels in a row, with their start and end. */
const runs = (
  row: readonly number[],
): readonly { readonly level: number; readonly from: number; readonly to: number }[] => {
  const starts = row.flatMap((level, i) => (i === 0 || row[i - 1] !== level ? [i] : []));
  return starts.map((from, i) => ({ level: row[from] as number, from, to: starts[i + 1] ?? row.length }));
};

/**
 * The cells of a field as one path per colour, with runs in a row merged. Their edges are at integer pixels, so that the
 * background does not show between them.
 */
export const heatCells = (
  { rows }: Field,
  domain: Interval,
  xs: readonly number[],
  ys: readonly number[],
): Markup => {
  const pieces = new Map<number, string[]>();
  rows.forEach((values, row) => {
    const [bottom, top] = [Math.round(ys[row] as number), Math.round(ys[row + 1] as number)];
    for (const { level, from, to } of runs(values.map((value) => colorLevel(domain, value)))) {
      const [left, right] = [Math.round(xs[from] as number), Math.round(xs[to] as number)];
      const piece = `M${left} ${top}H${right}V${bottom}H${left}z`;
      pieces.set(level, [...(pieces.get(level) ?? []), piece]);
    }
  });
  return element(
    'g',
    { 'data-part': 'cells', stroke: 'none', 'shape-rendering': 'crispEdges' },
    ...[...pieces.entries()]
      .sort(([a], [b]) => a - b)
      .map(([level, d]) => element('path', { d: d.join(''), fill: levelColor(level) })),
  );
};
