import type { Markish } from '@observablehq/plot';
import { invalidArgument, type OptionNames, positiveInteger } from '../check/index.ts';
import { type FigureOptions, figureOptionNames, type Interval, type Scale, upAxis } from './figure.ts';
import type { Plot } from './peers.ts';
import { bySeries } from './series.ts';

/** Options of histograms. */
export interface HistogramOptions extends FigureOptions {
  /** The number of bins of equal width, at most 1,000; by default about twice the square root of the number of values. */
  readonly bins?: number;
}

/** The names of `HistogramOptions`. */
export const histogramOptionNames: OptionNames<HistogramOptions> = { ...figureOptionNames, bins: true };

/** More bins than a figure has pixels. */
const MAX_BINS = 1000;

/**
 * The number of bins asked for, or by default twice the square root of the number of values, from 10 to 60.
 *
 * @throws Error naming the option unless it is an integer from 1 to 1,000
 */
export const checkBins = (option: string, given: number | undefined, values: number): number => {
  const fallback = Math.min(Math.max(10, Math.ceil(2 * Math.sqrt(values))), 60);
  const bins = positiveInteger(option, given ?? fallback);
  return bins <= MAX_BINS ? bins : invalidArgument(option, `at most ${MAX_BINS}`, bins);
};

/** The share of values in each bin of equal width; those outside count in the first or last bin. */
export const countInBins = (
  values: ArrayLike<number>,
  [low, high]: Interval,
  bins: number,
): readonly number[] => {
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < values.length; i++) {
    const bin = Math.floor((((values[i] as number) - low) / (high - low)) * bins);
    const inside = Math.min(Math.max(bin, 0), bins - 1);
    counts[inside] = (counts[inside] as number) + 1;
  }
  return counts.map((count) => count / Math.max(values.length, 1));
};

/** The shares of a histogram of some series. */
export interface Histogram {
  readonly name: string;
  readonly shares: readonly number[];
}

/** A bin this many times as high as all others would flatten them. */
const DOMINANT = 4;

const isDominated = ({ shares }: Histogram): boolean => {
  const [highest = 0, second = 0] = [...shares].sort((a, b) => b - a);
  return second > 0 && highest > DOMINANT * second;
};

/** The vertical axis of histograms: of square roots where a single bin would flatten the others. */
export const shareAxis = (label: string, histograms: readonly Histogram[]): Scale => {
  const highest = Math.max(...histograms.flatMap(({ shares }) => shares)) || 1;
  return histograms.some(isDominated)
    ? upAxis(`${label} (square-root scale)`, [0, highest], { type: 'sqrt', ticks: 5 })
    : upAxis(label, [0, highest]);
};

/** Histograms as outlines over translucent areas, so that each is visible behind the others. */
export const histogramMarks = (
  Plot: Plot,
  histograms: readonly Histogram[],
  [low, high]: Interval,
): readonly Markish[] => {
  const rows = histograms.flatMap(({ name, shares }) => {
    const edge = (bin: number): number => low + ((high - low) * bin) / shares.length;
    const steps = shares.map((share, bin) => ({ x: edge(bin), share, series: name }));
    const ends = [0, shares.length].map((bin) => ({ x: edge(bin), share: 0, series: name }));
    return [ends[0], ...steps, ends[1]];
  });
  const outline = { x: 'x', z: 'series', curve: 'step-after' } as const;
  return [
    Plot.areaY(rows, { ...outline, y1: 0, y2: 'share', fill: bySeries, fillOpacity: 0.25 }),
    Plot.line(rows, { ...outline, y: 'share', stroke: bySeries, strokeWidth: 1.5 }),
    Plot.ruleY([0]),
  ];
};
