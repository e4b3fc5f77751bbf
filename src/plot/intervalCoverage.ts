import { invalidArgument, knownOptions, positiveInteger } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { binomialInterval } from './binomial.ts';
import { element, type Markup } from './element.ts';
import { checkSize, type Figure } from './figure.ts';
import type { LegendEntry } from './legend.ts';
import { curve, dots, ribbon, segment } from './marks.ts';
import { checkFractions, type Numbers, readList } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import type { Area } from './panel.ts';
import { panelFigure } from './panelFigure.ts';

/** How many targets intervals hold, at several levels. */
export interface CoverageNumbers {
  /** The probabilities that the intervals are made for, from 0 to 1. */
  readonly levels: Numbers;
  /** The fraction of targets inside, at each level. */
  readonly coverage: Numbers;
  /** The number of targets, for the band of chance; without it there is none. */
  readonly rows?: number;
}

/** Options of `intervalCoverage`. */
export type IntervalCoverageOptions = FigureOptions;

interface Observed {
  readonly levels: readonly number[];
  readonly coverage: readonly number[];
  readonly rows: number | undefined;
  /** Whether the levels are close enough for a line. */
  readonly dense: boolean;
}

const fn = 'plot.intervalCoverage';

/** The levels at which values of `pit` are counted: 0.01 to 0.99. */
const LEVELS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** A target is inside the central interval of a level if its transform is at most half the level from the middle. */
const fromTransforms = async (values: Numbers): Promise<Observed> => {
  const distances = checkFractions(`${fn}: values`, await readList(`${fn}: values`, values))
    .map((value) => Math.abs(2 * value - 1))
    .sort((a, b) => a - b);
  let inside = 0;
  const coverage = LEVELS.map((level) => {
    while (inside < distances.length && (distances[inside] as number) <= level) inside++;
    return inside / distances.length;
  });
  return { levels: LEVELS, coverage, rows: distances.length, dense: true };
};

const fromLevels = async ({ levels: given, coverage, rows }: CoverageNumbers): Promise<Observed> => {
  const levels = checkFractions(`${fn}: levels`, await readList(`${fn}: levels`, given));
  const observed = checkFractions(
    `${fn}: coverage`,
    await readList(`${fn}: coverage`, coverage, levels.length),
  );
  if (rows !== undefined) positiveInteger(`${fn}: rows`, rows);
  const order = levels.map((_, i) => i).sort((a, b) => (levels[a] as number) - (levels[b] as number));
  return {
    levels: order.map((i) => levels[i] as number),
    coverage: order.map((i) => observed[i] as number),
    rows,
    dense: false,
  };
};

const STEPS = 200;

const drawn =
  ({ levels, coverage, rows, dense }: Observed) =>
  ({ x, y, paint }: Area): Markup => {
    const points = levels.map((level, i) => [x(level), y(coverage[i] as number)] as const);
    const band = (total: number) =>
      Array.from({ length: STEPS + 1 }, (_, i) => {
        const [low, high] = binomialInterval(total, i / STEPS);
        return [x(i / STEPS), y(low / total), y(high / total)] as const;
      });
    return [
      rows === undefined
        ? ''
        : element(
            'g',
            { 'data-part': 'band' },
            ribbon(band(rows), { ...paint.fill('muted'), 'fill-opacity': '0.2' }),
          ),
      segment([x(0), y(0)], [x(1), y(1)], { ...paint.stroke('muted'), 'stroke-dasharray': '4 3' }),
      element(
        'g',
        { 'data-part': 'coverage' },
        curve(points, { ...paint.stroke('first'), 'stroke-width': 2 }),
        dense ? '' : dots(points, 3, paint.stroke('first')),
      ),
    ].join('');
  };

/**
 * How many targets prediction intervals hold, against how many they are made to hold. On the diagonal intervals are
 * calibrated; below it they are too narrow, above it too wide. The band is that of chance: at each level, 95 % of
 * calibrated models are inside.
 *
 * Give it the values of `pit`, which tell of the central intervals of all levels, or the coverage at some levels.
 *
 * @throws Error for lists of different lengths, numbers outside 0 to 1, and `rows` that is not a positive integer
 * @example
 * const transforms = random.uniform(random.key(0), [200]); // those of a calibrated model
 * const figure = await plot.intervalCoverage(transforms);
 * const few = await plot.intervalCoverage({ levels: [0.5, 0.8, 0.95], coverage: [0.4, 0.72, 0.9], rows: 200 });
 */
export const intervalCoverage = async (
  given: Numbers | CoverageNumbers,
  options: IntervalCoverageOptions = {},
): Promise<Figure> => {
  knownOptions(fn, options, figureOptionNames);
  if (typeof given !== 'object' || given === null) {
    invalidArgument(`${fn}: coverage`, 'values of pit, or { levels, coverage }', given);
  }
  const observed =
    !isTensor(given) && 'levels' in given ? await fromLevels(given) : await fromTransforms(given as Numbers);
  const { rows, dense, levels } = observed;
  const legend: readonly LegendEntry[] = [
    {
      text: rows === undefined ? 'observed' : `observed (${rows} rows)`,
      mark: dense ? 'line' : 'dot',
      role: 'first',
    },
    { text: 'calibrated', mark: 'line', role: 'muted', attributes: { 'stroke-dasharray': '4 3' } },
    ...(rows === undefined
      ? []
      : [
          {
            text: 'by chance, 95 %',
            mark: 'area',
            role: 'muted',
            attributes: { 'fill-opacity': '0.2' },
          } as const,
        ]),
  ];
  return panelFigure(
    {
      width: checkSize(`${fn}: width`, options.width, 420, 160),
      height: checkSize(`${fn}: height`, options.height, 400, 120),
      x: { label: 'level of the intervals', domain: [0, 1] },
      y: { label: 'fraction of targets inside', domain: [0, 1] },
      legend,
      draw: drawn(observed),
    },
    `Fraction of targets inside intervals of ${levels.length} levels`,
    options,
  );
};
