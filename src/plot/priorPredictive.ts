import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
} from '../check/index.ts';
import { element, type Markup } from './element.ts';
import { checkSize, type Figure } from './figure.ts';
import { extent, padded } from './interval.ts';
import type { LegendEntry } from './legend.ts';
import { curve, dots, ribbon } from './marks.ts';
import { type Numbers, readList, readRows } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import type { Area } from './panel.ts';
import { panelFigure } from './panelFigure.ts';
import { ascendingOrder, type DataPoints, readPoints } from './predictiveBand.ts';
import { quantile } from './quantiles.ts';
import { roundOut } from './ticks.ts';

/** Functions sampled from a prior along one input. */
export interface PriorFunctions {
  /** The inputs, `[n]` or `[n, 1]`, in any order. */
  readonly x: Numbers;
  /** The functions' values, `[samples, n]` or `[samples, n, 1]`, as `priorPredictive` samples them. */
  readonly samples: Numbers;
  /** Data to compare their size with; the prior has not seen it. */
  readonly data?: DataPoints;
}

/** Options of `priorPredictive`. */
export interface PriorPredictiveFigureOptions extends FigureOptions {
  /** The label of the input, with its unit; default `'x'`. */
  readonly xLabel?: string;
  /** The label of the output, with its unit; default `'y'`. */
  readonly yLabel?: string;
  /** The number of functions to draw; default 20. The ribbon is that of all samples. */
  readonly functions?: number;
}

const optionNames: OptionNames<PriorPredictiveFigureOptions> = {
  ...figureOptionNames,
  xLabel: true,
  yLabel: true,
  functions: true,
};

const kinds: FieldKinds<PriorFunctions> = { x: 'value', samples: 'value', data: 'object?' };

/** The share of the functions inside of the ribbon at each input. */
const level = 0.95;

interface Drawing {
  readonly x: readonly number[];
  readonly functions: readonly (readonly number[])[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly data: readonly (readonly [x: number, y: number])[];
}

const thin = { 'stroke-width': 1.25, 'stroke-opacity': '0.6' } as const;

const drawn =
  ({ x, functions, low, high, data }: Drawing) =>
  ({ x: across, y: up, paint }: Area): Markup => {
    const slices = x.map((at, i) => [across(at), up(low[i] as number), up(high[i] as number)] as const);
    const lines = functions.map((row) =>
      curve(
        row.map((value, i) => [across(x[i] as number), up(value)] as const),
        { ...paint.stroke('first'), ...thin, 'stroke-width': x.length === 1 ? 4 : thin['stroke-width'] },
      ),
    );
    return [
      element(
        'g',
        { 'data-part': 'ribbons' },
        ribbon(slices, { ...paint.fill('first'), 'fill-opacity': '0.15' }),
      ),
      element('g', { 'data-part': 'samples' }, ...lines),
      data.length === 0
        ? ''
        : dots(
            data.map(([a, b]) => [across(a), up(b)] as const),
            2.2,
            paint.stroke('ink'),
          ),
    ].join('');
  };

const legendEntries = ({ functions, data }: Drawing): readonly LegendEntry[] => [
  ...(data.length === 0 ? [] : [{ text: 'data', mark: 'dot', role: 'ink' } as const]),
  ...(functions.length === 0
    ? []
    : [
        {
          text: 'functions from the prior',
          mark: 'line',
          role: 'first',
          attributes: thin,
        } as const,
      ]),
  {
    text: `${100 * level} % of functions`,
    mark: 'area',
    role: 'first',
    attributes: { 'fill-opacity': '0.15' },
  },
];

/**
 * Functions sampled from a model's prior, along one input, with the ribbon that has 95 % of them at each input. Draw it
 * before training: functions that are far larger, or far rougher, than anything plausible ask for another prior. Data in
 * the figure shows the size of targets.
 *
 * @throws Error for lists that do not fit, NaN or infinite values, and options out of range
 * @example
 * const x = tf.reshape(tf.linspace(-1, 1, 50), [50, 1]);
 * const model = bayesian()(sequential(linear(1, 16), tf.tanh, linear(16, 1)));
 * const samples = priorPredictive(model)(random.key(0), x);
 * const figure = await plot.priorPredictive({ x, samples }, { xLabel: 'voltage, V', yLabel: 'current, A' });
 */
export const priorPredictive = async (
  given: PriorFunctions,
  options: PriorPredictiveFigureOptions = {},
): Promise<Figure> => {
  knownFields('plot.priorPredictive', given, kinds);
  const {
    xLabel = 'x',
    yLabel = 'y',
    functions = 20,
  } = knownOptions('plot.priorPredictive', options, optionNames);
  if (!(Number.isSafeInteger(functions) && functions >= 0))
    invalidArgument('plot.priorPredictive: functions', 'an integer of at least 0', functions);
  const [width, height] = [
    checkSize('plot.priorPredictive: width', options.width, 560, 160),
    checkSize('plot.priorPredictive: height', options.height, 340, 120),
  ];
  const x = await readList('plot.priorPredictive: x', given.x);
  const order = ascendingOrder(x);
  const inOrder = (values: readonly number[]) => order.map((index) => values[index] as number);
  const rows = await readRows('plot.priorPredictive: samples', given.samples, x.length);
  const samples = rows.map(inOrder);
  const columns = x.map((_, i) => Float64Array.from(samples, (row) => row[i] as number).sort());
  const shown: Drawing = {
    x: inOrder(x),
    functions: samples.slice(0, functions),
    low: columns.map((column) => quantile(column, (1 - level) / 2)),
    high: columns.map((column) => quantile(column, (1 + level) / 2)),
    data: await readPoints('plot.priorPredictive: data', given.data),
  };
  const across = extent(
    shown.x,
    shown.data.map(([at]) => at),
  );
  const up = extent(
    shown.low,
    shown.high,
    ...shown.functions,
    shown.data.map(([, y]) => y),
  );
  return panelFigure(
    {
      width,
      height,
      x: { label: xLabel, domain: across },
      y: { label: yLabel, domain: roundOut(padded(up, 0.02)) },
      legend: legendEntries(shown),
      draw: drawn(shown),
    },
    `${yLabel} along ${xLabel} before any data: ${shown.functions.length} functions from the prior, and a ribbon with ` +
      `${100 * level} % of ${samples.length}`,
    options,
  );
};
