import type { Scale, Swatch } from './figure.ts';
import { colors } from './theme.ts';

/** A series, its colour, and how the legend shows it. */
export interface Series extends Swatch {
  readonly name: string;
  readonly color: string;
}

const cycle = [colors.first, colors.second, colors.third, colors.fourth] as const;
const dashes = [undefined, '6 3', '2 3', '8 3 2 3'] as const;

/** The colour of a series by its index. */
export const seriesColor = (index: number): string => cycle[index % cycle.length] ?? colors.first;

/** Lines that differ in colour, and when colours repeat in dashes. */
export const lineSeries = (names: readonly string[]): readonly Series[] =>
  names.map((name, index) => {
    const dash = dashes[Math.floor(index / cycle.length) % dashes.length];
    return { name, color: seriesColor(index), shape: 'line', ...(dash === undefined ? {} : { dash }) };
  });

/** The colour scale of series, with its legend. */
export const seriesScale = (
  all: readonly Series[],
): { readonly color: Scale; readonly swatches: Readonly<Record<string, Swatch>> } => ({
  color: { domain: all.map(({ name }) => name), range: all.map(({ color }) => color), legend: true },
  swatches: Object.fromEntries(all.map(({ name, color: _, ...swatch }) => [name, swatch])),
});

/** The colour of rows by their `series`. Without `scale`, one that is called `red` would be red. */
export const bySeries = { value: 'series', scale: 'color' } as const;

/** The same for rows that are all of one series. */
export const inSeries = (name: string) => ({ value: () => name, scale: 'color' }) as const;
