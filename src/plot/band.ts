import type { Markish } from '@observablehq/plot';
import { type FieldKinds, invalidArgument, knownFields, type OptionNames } from '../check/index.ts';
import {
  axis,
  checkDomain,
  extent,
  type Figure,
  type FigureOptions,
  figureOptionNames,
  type Interval,
  makeFigure,
  padded,
  upAxis,
} from './figure.ts';
import { type Numbers, quantile, readList } from './numbers.ts';
import type { Plot } from './peers.ts';
import { inSeries, type Series, seriesScale } from './series.ts';
import { colors, translucent } from './theme.ts';
import { thinned } from './thinned.ts';

/** Points of a data set: inputs and targets, `[n]` or `[n, 1]`. */
export interface DataPoints {
  readonly x: Numbers;
  readonly y: Numbers;
}

const pointKinds: FieldKinds<DataPoints> = { x: 'value', y: 'value' };

/** Options of figures of functions along one input. */
export interface BandOptions extends FigureOptions {
  /** The number of sampled functions to draw. */
  readonly functions?: number;
  /** The ends of the vertical axis, for comparable figures; default those of the data drawn. */
  readonly yDomain?: Interval;
}

/** The names of `BandOptions`. */
export const bandOptionNames: OptionNames<BandOptions> = {
  ...figureOptionNames,
  functions: true,
  yDomain: true,
};

type Points = readonly (readonly [x: number, y: number])[];

/** The points of a data set; none if there is none. */
export const readPoints = async (argument: string, given: DataPoints | undefined): Promise<Points> => {
  if (given === undefined) return [];
  knownFields(argument, given, pointKinds);
  const x = await readList(`${argument}.x`, given.x);
  const y = await readList(`${argument}.y`, given.y, x.length);
  return x.map((value, index) => [value, y[index] as number] as const);
};

/** The area between two functions, which has some share of what it is about. */
export interface Ribbon {
  readonly name: string;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** The area that has a share of the functions at each input: between quantiles of their values. */
export const quantileRibbons = (
  samples: readonly (readonly number[])[],
  levels: readonly number[],
  name: (level: number) => string,
): readonly Ribbon[] => {
  const sorted = (samples[0] ?? []).map((_, i) =>
    Float64Array.from(samples, (row) => row[i] as number).sort(),
  );
  return levels.map((level) => ({
    name: name(level),
    low: sorted.map((column) => quantile(column, (1 - level) / 2)),
    high: sorted.map((column) => quantile(column, (1 + level) / 2)),
  }));
};

/** What is drawn along one input, in ascending order of x. */
export interface Band {
  readonly x: readonly number[];
  readonly mean?: readonly number[];
  /** The widest first. */
  readonly ribbons: readonly Ribbon[];
  readonly samples: readonly (readonly number[])[];
  /** What the samples are, in the legend. */
  readonly samplesName: string;
  readonly data: Points;
  readonly heldOut: Points;
}

/** A mark, and its entry in the legend. */
interface Part {
  readonly entry: Series;
  readonly mark: Markish;
}

/** More dots than this overlap so much that fewer look the same. */
const MAX_DOTS = 4000;

/** The opacity of ribbons, which lie over one another, from the widest on. */
const opacities = [0.2, 0.35, 0.5] as const;

/** A figure of functions along one input, with ribbons and data. */
export const bandFigure = (
  Plot: Plot,
  fn: string,
  { x, mean, ribbons, samples: all, samplesName, data, heldOut }: Band,
  options: BandOptions & { readonly functions: number },
): Figure => {
  const { xLabel = 'x', yLabel = 'y', functions } = options;
  const yDomain = checkDomain(`${fn}: yDomain`, options.yDomain);
  if (!(Number.isSafeInteger(functions) && functions >= 0))
    invalidArgument(`${fn}: functions`, 'an integer of at least 0', functions);
  const samples = all.slice(0, functions);
  const points = [...data, ...heldOut];
  const ys = [mean ?? [], ...ribbons.flatMap(({ low, high }) => [low, high]), ...samples];
  const domain =
    yDomain ??
    padded(
      extent(
        ...ys,
        points.map(([, y]) => y),
      ),
      0.02,
    );
  const clip = yDomain === undefined ? {} : ({ clip: true } as const);
  const dots = (name: string, color: string, all: Points): readonly Part[] => {
    const stride = Math.ceil(all.length / MAX_DOTS);
    const shown = all.filter((_, index) => index % stride === 0);
    const mark = Plot.dot(shown, { x: '0', y: '1', r: 2.2, fill: inSeries(name), ...clip });
    return all.length === 0 ? [] : [{ entry: { name, color, shape: 'dot' }, mark }];
  };
  const line = (name: string, color: string, strokeWidth: number, all: readonly (readonly number[])[]) => {
    const rows = all.flatMap((y, sample) => thinned(x, y).map((i) => ({ x: x[i], y: y[i], sample })));
    const width = x.length === 1 ? 3 * strokeWidth : strokeWidth;
    const channels = { x: 'x', y: 'y', z: 'sample', stroke: inSeries(name) };
    const mark = Plot.line(rows, { ...channels, strokeWidth: width, ...clip });
    return all.length === 0 ? [] : [{ entry: { name, color, shape: 'line' }, mark } as const];
  };
  const areas = ribbons.map(({ name, low, high }, index): Part => {
    const rows = thinned(x, low, high).map((i) => ({ x: x[i], low: low[i], high: high[i] }));
    const color = translucent(colors.first, opacities[index] ?? 0.5);
    return {
      entry: { name, color, shape: 'area' },
      mark: Plot.areaY(rows, { x: 'x', y1: 'low', y2: 'high', fill: inSeries(name), ...clip }),
    };
  });
  const parts: readonly Part[] = [
    ...areas,
    ...line(samplesName, translucent(colors.first, 0.5), 1, samples),
    ...line('mean', colors.first, 2, mean === undefined ? [] : [mean]),
    ...dots('held out', colors.second, heldOut),
    ...dots('data', colors.ink, data),
  ];
  return makeFigure(fn, options, [560, 340], {
    ariaLabel: `${yLabel} along ${xLabel}: ${parts.map(({ entry }) => entry.name).join(', ')}`,
    x: axis(
      xLabel,
      extent(
        x,
        points.map(([at]) => at),
      ),
    ),
    y: upAxis(yLabel, domain, { nice: yDomain === undefined }),
    ...seriesScale(parts.map(({ entry }) => entry).reverse()),
    marks: parts.map(({ mark }) => mark),
  });
};
