import type { Markish } from '@observablehq/plot';
import { invalidArgument, type OptionNames, positiveNumber } from '../check/index.ts';
import type { Theme } from './theme.ts';

/** Options of every figure. */
export interface FigureOptions {
  /** A line above the figure. */
  readonly title?: string;
  /** In pixels. */
  readonly width?: number;
  /** In pixels, without the title and the legend; of several panels one above the other, that of each. */
  readonly height?: number;
  /** The colours; default `'auto'`: dark if the reader's system is, else light. */
  readonly theme?: Theme;
  /** The label of the horizontal axis, with its unit. */
  readonly xLabel?: string;
  /** The label of the vertical axis, with its unit. */
  readonly yLabel?: string;
}

/** The names of `FigureOptions`. */
export const figureOptionNames: OptionNames<FigureOptions> = {
  title: true,
  width: true,
  height: true,
  theme: true,
  xLabel: true,
  yLabel: true,
};

/** A mark, as `Plot.line` and its kin make it; opaque here, so that these types compile without the package. */
export interface Mark {
  readonly render: (...given: readonly unknown[]) => never;
  readonly plot: (...given: readonly unknown[]) => never;
}

/** From the lower end to the higher one. */
export type Interval = readonly [low: number, high: number];

/** Options of a scale and its axis, as Plot has them. */
export interface Scale {
  readonly label?: string | null;
  readonly labelArrow?: 'none';
  readonly domain?: readonly number[] | readonly string[];
  readonly range?: readonly string[];
  readonly type?: 'linear' | 'log' | 'sqrt' | 'identity';
  readonly scheme?: 'viridis';
  readonly legend?: boolean;
  readonly nice?: boolean;
  readonly grid?: boolean;
  readonly axis?: null;
  readonly ticks?: number;
  readonly tickSize?: number;
  readonly tickFormat?: string;
}

/** How an entry of a legend looks. */
export interface Swatch {
  readonly shape: 'line' | 'area' | 'dot';
  /** The dashes of a line, as SVG has them. */
  readonly dash?: string;
}

/**
 * A figure: options for `Plot.plot` of the package `@observablehq/plot`. Add marks, change scales or facet it as any other:
 * `{ ...figure, marks: [...figure.marks, Plot.ruleY([0])] }`. `svg`, `show` and `save` draw it.
 */
export interface Figure {
  readonly title?: string;
  /** The text alternative for people who cannot see the figure. */
  readonly ariaLabel: string;
  readonly width: number;
  readonly height: number;
  readonly marginTop: number;
  readonly marginRight: number;
  readonly marginBottom: number;
  readonly marginLeft: number;
  readonly style: { readonly fontSize: string };
  readonly x: Scale;
  readonly y: Scale;
  readonly fx?: Scale;
  readonly color?: Scale;
  readonly marks: Mark[];
  /** How the entries of the colour legend look, by name: for `svg`, `show` and `save`; Plot draws squares. */
  readonly swatches?: Readonly<Record<string, Swatch>>;
  /** For `svg`, `show` and `save`. */
  readonly theme?: Theme;
}

/** Several figures in one picture, row by row; each is a specification of its own. */
export interface Panels<F = Figure> extends Pick<Figure, 'title' | 'ariaLabel' | 'theme'> {
  readonly panels: readonly F[];
  /** The number of figures side by side. */
  readonly columns: number;
}

/** Panels with the title and theme of the options. */
export const makePanels = <F>(
  { title = '', theme = 'auto' }: Pick<FigureOptions, 'title' | 'theme'>,
  ariaLabel: string,
  panels: readonly F[],
  columns = 1,
): Panels<F> => ({ title, theme, ariaLabel, panels, columns });

/**
 * The requested size of a figure, in integer pixels.
 *
 * @throws Error naming the option if it is not a number of at least `least`
 */
export const checkSize = (
  option: string,
  given: number | undefined,
  fallback: number,
  least: number,
): number => {
  const size = given === undefined ? fallback : Math.round(positiveNumber(option, given));
  return size >= least ? size : invalidArgument(option, `at least ${least} pixels`, given);
};

/** The ends of an axis that were asked for, if they were. */
export const checkDomain = (option: string, given: Interval | undefined): Interval | undefined =>
  given === undefined || (given[0] < given[1] && given.every(Number.isFinite))
    ? given
    : invalidArgument(option, '[low, high] with low < high', given);

/** Numbers this close to zero, or to one another, are indistinguishable on a scale. */
const [TINY, SAME] = [1e-40, 1e-9] as const;

/** The smallest interval that contains all numbers, with a minimum length: a single number gets a neighbourhood. */
export const extent = (...lists: readonly ArrayLike<number>[]): Interval => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      low = Math.min(low, list[i] as number);
      high = Math.max(high, list[i] as number);
    }
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (low > high) return [0, 1];
  if (high - low > Math.max(SAME * largest, TINY)) return [low, high];
  const room = largest > TINY ? 0.1 * largest : 1;
  return [low - room, high + room];
};

/** The interval extended at both ends by a fraction of its length. */
export const padded = ([low, high]: Interval, share: number): Interval => {
  const more = share * (high - low);
  return [low - more, high + more];
};

/** The interval, extended if necessary to contain zero. */
export const withZero = ([low, high]: Interval): Interval => [Math.min(low, 0), Math.max(high, 0)];

/** Large and small numbers as `3M` or `20µ`; those of four digits, such as years, without a comma. */
const tickFormat = (domain: Interval): Pick<Scale, 'tickFormat'> => {
  const largest = Math.max(...domain.map(Math.abs));
  if (largest >= 1e5 || largest < 1e-3) return { tickFormat: '~s' };
  return largest >= 1e3 && largest < 1e4 ? { tickFormat: '~f' } : {};
};

/** A scale with its axis; an empty label is none. */
export const axis = (label: string, domain: Interval, more: Scale = {}): Scale => ({
  ...{ label: label === '' ? null : label, labelArrow: 'none', domain },
  ...(more.type === 'log' ? {} : tickFormat(domain)),
  ...more,
});

/** A vertical scale with lines across, extended to round numbers. */
export const upAxis = (label: string, domain: Interval, more: Scale = {}): Scale =>
  axis(label, domain, { nice: true, grid: true, tickSize: 0, ...more });

type Content = Pick<Figure, 'ariaLabel' | 'x' | 'y'> &
  Partial<Omit<Figure, 'marks'>> & { readonly marks: readonly Markish[] };

/** The scale with another label, if there is one. */
const labelled = (scale: Scale, label: string | undefined): Scale =>
  label === undefined ? scale : { ...scale, label: label === '' ? null : label };

/** A figure with the title, theme, labels and size of the options, or else the labels of its axes and the given size. */
export const makeFigure = (
  fn: string,
  { title = '', theme = 'auto', width, height, xLabel, yLabel }: FigureOptions,
  [defaultWidth, defaultHeight]: readonly [number, number],
  { marks, ...content }: Content,
): Figure => {
  const [x, y] = [labelled(content.x, xLabel), labelled(content.y, yLabel)];
  return {
    ...(title === '' ? {} : { title }),
    theme,
    width: checkSize(`${fn}: width`, width, defaultWidth, 160),
    height: checkSize(`${fn}: height`, height, defaultHeight, 120),
    marginTop: y.label === null ? 10 : 26,
    marginRight: 16,
    marginBottom: x.label === null ? 24 : 38,
    marginLeft: 52,
    style: { fontSize: '11px' },
    ...content,
    ...{ x, y, marks: marks as unknown as Mark[] },
  };
};
