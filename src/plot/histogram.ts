import { element, type Markup } from './element.ts';
import type { Interval } from './interval.ts';
import type { Area } from './panel.ts';
import { rounded } from './rounded.ts';
import type { Role } from './theme.ts';

/** The counts of values in bins of equal width. */
export interface Histogram {
  /** The edges of the bins, one more than there are bins. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** The number of values. */
  readonly total: number;
}

/** The edges of bins of equal width over an interval. */
const binEdges = ([low, high]: Interval, bins: number): readonly number[] =>
  Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);

/** Counts values in bins of equal width; those outside count in the first or last bin. */
export const countInBins = (values: ArrayLike<number>, interval: Interval, bins: number): Histogram => {
  const [low, high] = interval;
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((((values[i] as number) - low) / (high - low)) * bins);
    const inside = Math.min(Math.max(bin, 0), bins - 1);
    counts[inside] = (counts[inside] as number) + 1;
  }
  return { edges: binEdges(interval, bins), counts, total: values.length };
};

/** The fraction of values in each bin; zeros without values. */
export const fractions = ({ counts, total }: Histogram): readonly number[] =>
  counts.map((count) => count / Math.max(total, 1));

/** A histogram of fractions as an outline over a translucent area, so that another is visible behind it. */
export const outline = (histogram: Histogram, role: Role, { x, y, paint }: Area): Markup => {
  const base = rounded(y(0));
  const tops = fractions(histogram).map((share, i) => {
    const [from, to] = [histogram.edges[i], histogram.edges[i + 1]] as readonly [number, number];
    const start = i === 0 ? `M${rounded(x(from))} ${base}` : '';
    return `${start}V${rounded(y(share))}H${rounded(x(to))}`;
  });
  const d = `${tops.join('')}V${base}`;
  return [
    element('path', { d: `${d}Z`, stroke: 'none', ...paint.fill(role), 'fill-opacity': '0.25' }),
    element('path', { d, fill: 'none', 'stroke-width': '1.5', ...paint.stroke(role) }),
  ].join('');
};
