import { invalidArgument, type OptionNames } from '../check/index.ts';
import { element, type Markup } from './element.ts';
import { checkSize, type Figure } from './figure.ts';
import { extent, type Interval, padded } from './interval.ts';
import type { LegendEntry } from './legend.ts';
import { curve, dots, ribbon } from './marks.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import type { Area } from './panel.ts';
import { panelFigure } from './panelFigure.ts';
import { roundOut } from './ticks.ts';

/** Options of `predictiveBand`. */
export interface PredictiveBandOptions extends FigureOptions {
  /** The label of the input, with its unit; default `'x'`. */
  readonly xLabel?: string;
  /** The label of the target, with its unit; default `'y'`. */
  readonly yLabel?: string;
  /** The probability of each ribbon; default `[0.5, 0.95]`. With `uncertainty` only the largest is used. */
  readonly levels?: readonly number[];
  /** The number of sampled functions to draw; default 12. */
  readonly functions?: number;
  /** The ends of the vertical axis, for comparable figures; default those of the data drawn. */
  readonly yDomain?: readonly [low: number, high: number];
}

/** The names of `PredictiveBandOptions`. */
export const bandOptionNames: OptionNames<PredictiveBandOptions> = {
  ...figureOptionNames,
  xLabel: true,
  yLabel: true,
  levels: true,
  functions: true,
  yDomain: true,
};

/** The numbers of a band, in ascending order of x. */
export interface Band {
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly ribbons: readonly {
    readonly text: string;
    readonly low: readonly number[];
    readonly high: readonly number[];
  }[];
  readonly samples: readonly (readonly number[])[];
  readonly data: readonly (readonly [x: number, y: number])[];
  readonly heldOut: readonly (readonly [x: number, y: number])[];
}

const opacities = ['0.2', '0.3', '0.4'] as const;
const opacityAt = (index: number): string => opacities[Math.min(index, opacities.length - 1)] ?? '0.4';

const legendEntries = ({ ribbons, samples, data, heldOut }: Band): readonly LegendEntry[] => [
  ...(data.length === 0 ? [] : [{ text: 'data', mark: 'dot', role: 'ink' } as const]),
  ...(heldOut.length === 0 ? [] : [{ text: 'held out', mark: 'dot', role: 'second' } as const]),
  { text: 'mean', mark: 'line', role: 'first' },
  ...ribbons.map(({ text }, index): LegendEntry => {
    // Overlapping ribbons are darker, so their legend entries are too.
    const seen = Number(opacityAt(index)) + (index > 0 ? Number(opacityAt(index - 1)) : 0);
    return { text, mark: 'area', role: 'first', attributes: { 'fill-opacity': seen.toFixed(2) } };
  }),
  ...(samples.length === 0
    ? []
    : [
        {
          text: 'sampled functions',
          mark: 'line',
          role: 'first',
          attributes: { 'stroke-width': 1, 'stroke-opacity': '0.5' },
        } as const,
      ]),
];

const drawn =
  ({ x, mean, ribbons, samples, data, heldOut }: Band) =>
  ({ x: across, y: up, paint }: Area): Markup => {
    const along = (values: readonly number[]) =>
      values.map((value, i) => [across(x[i] as number), up(value)] as const);
    const at = (points: Band['data']) => points.map(([a, b]) => [across(a), up(b)] as const);
    const areas = ribbons.map(({ low, high }, index) =>
      ribbon(
        x.map((value, i) => [across(value), up(low[i] as number), up(high[i] as number)] as const),
        { ...paint.fill('first'), 'fill-opacity': opacityAt(index) },
      ),
    );
    const thin = { ...paint.stroke('first'), 'stroke-width': 1, 'stroke-opacity': '0.5' };
    return [
      element('g', { 'data-part': 'ribbons' }, ...areas),
      element('g', { 'data-part': 'samples' }, ...samples.map((row) => curve(along(row), thin))),
      curve(along(mean), { ...paint.stroke('first'), 'stroke-width': x.length === 1 ? 6 : 2 }),
      heldOut.length === 0 ? '' : dots(at(heldOut), 2.2, paint.stroke('second')),
      data.length === 0 ? '' : dots(at(data), 2.2, paint.stroke('ink')),
    ].join('');
  };

const ys = (points: Band['data']): readonly number[] => points.map(([, y]) => y);

const bandDomains = (
  band: Band,
  given: Interval | undefined,
): { readonly x: Interval; readonly y: Interval } => {
  const { x, mean, ribbons, samples, data, heldOut } = band;
  const points = [...data, ...heldOut];
  if (given !== undefined && !(given[0] < given[1] && given.every(Number.isFinite))) {
    invalidArgument('plot.predictiveBand: yDomain', '[low, high] with low < high', given);
  }
  const lists = [mean, ...ribbons.flatMap(({ low, high }) => [low, high]), ...samples];
  return {
    x: extent(
      x,
      points.map(([value]) => value),
    ),
    y: given ?? roundOut(padded(extent(...lists, ys(points)), 0.02)),
  };
};

/** A band as a figure. */
export const bandFigure = (band: Band, options: PredictiveBandOptions): Figure => {
  const { xLabel = 'x', yLabel = 'y', functions = 12, yDomain } = options;
  if (!(Number.isSafeInteger(functions) && functions >= 0)) {
    invalidArgument('plot.predictiveBand: functions', 'an integer of at least 0', functions);
  }
  const [width, height] = [
    checkSize('plot.predictiveBand: width', options.width, 560, 160),
    checkSize('plot.predictiveBand: height', options.height, 340, 120),
  ];
  const shown = { ...band, samples: band.samples.slice(0, functions) };
  const domains = bandDomains(shown, yDomain);
  const ribbons = band.ribbons.map(({ text }) => text).join(' and ');
  return panelFigure(
    {
      width,
      height,
      x: { label: xLabel, domain: domains.x },
      y: { label: yLabel, domain: domains.y },
      legend: legendEntries(shown),
      clipped: yDomain !== undefined,
      draw: drawn(shown),
    },
    `${yLabel} predicted along ${xLabel}: mean, ribbons (${ribbons}), ${shown.samples.length} sampled functions, ${band.data.length} points of data`,
    options,
  );
};
