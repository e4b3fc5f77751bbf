import { invalidArgument, knownOptions, positiveInteger } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { binomialInterval } from './binomial.ts';
import { axis, type Figure, type FigureOptions, figureOptionNames, makeFigure, upAxis } from './figure.ts';
import { ascendingOrder, checkFractions, type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { inSeries, seriesScale } from './series.ts';
import { colors, translucent } from './theme.ts';

/** How many targets intervals hold, at several levels. */
export interface CoverageNumbers {
  /** The probabilities that the intervals are made for, from 0 to 1. */
  readonly levels: Numbers;
  /** The fraction of targets inside, at each level. */
  readonly coverage: Numbers;
  /** The number of targets, for the band of chance; without it there is none. */
  readonly rows?: number;
}

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
  const inOrder = ascendingOrder(levels);
  return { levels: inOrder(levels), coverage: inOrder(observed), rows, dense: false };
};

/** The shares of targets inside by chance, for 95 % of calibrated models of so many rows. */
const chance = (rows: number) =>
  Array.from({ length: 201 }, (_, i) => {
    const [low, high] = binomialInterval(rows, i / 200);
    return { level: i / 200, low: low / rows, high: high / rows };
  });

/**
 * How many targets prediction intervals hold, against how many they are made to hold. On the diagonal intervals are
 * calibrated; below it they are too narrow, above it too wide. The band is that of chance: at each level, 95 % of
 * calibrated models are inside.
 *
 * Give it the values of `pit`, which tell of the central intervals of all levels, or the coverage at some levels.
 *
 * @throws Error for lists of different lengths, numbers outside 0 to 1, and `rows` that is not a positive integer
 * @example
 * // Those of a calibrated model:
 * const transforms = random.uniform(random.key(0), [200]);
 * const figure = await plot.intervalCoverage(transforms);
 * const few = await plot.intervalCoverage({
 *   levels: [0.5, 0.8, 0.95],
 *   coverage: [0.4, 0.72, 0.9],
 *   rows: 200,
 * });
 */
export const intervalCoverage = async (
  given: Numbers | CoverageNumbers,
  options: FigureOptions = {},
): Promise<Figure> => {
  knownOptions(fn, options, figureOptionNames);
  if (typeof given !== 'object' || given === null)
    invalidArgument(`${fn}: coverage`, 'values of pit, or { levels, coverage }', given);
  const { levels, coverage, rows, dense } =
    !isTensor(given) && 'levels' in given ? await fromLevels(given) : await fromTransforms(given as Numbers);
  const observed = levels.map((level, i) => ({ level, coverage: coverage[i] }));
  const name = rows === undefined ? 'observed' : `observed (${rows} rows)`;
  const band = { name: 'by chance, 95 %', color: translucent(colors.muted, 0.2), shape: 'area' } as const;
  const Plot = await loadPlot();
  return makeFigure(fn, options, [420, 400], {
    ariaLabel: `Fraction of targets inside intervals of ${levels.length} levels`,
    x: axis('level of the intervals', [0, 1]),
    y: upAxis('fraction of targets inside', [0, 1]),
    ...seriesScale([
      { name, color: colors.first, shape: dense ? 'line' : 'dot' },
      { name: 'calibrated', color: colors.muted, shape: 'line', dash: '4 3' },
      ...(rows === undefined ? [] : [band]),
    ]),
    marks: [
      rows === undefined
        ? null
        : Plot.areaY(chance(rows), { x: 'level', y1: 'low', y2: 'high', fill: inSeries(band.name) }),
      Plot.line([0, 1], {
        x: (at) => at,
        y: (at) => at,
        stroke: inSeries('calibrated'),
        strokeDasharray: '4 3',
      }),
      Plot.line(observed, { x: 'level', y: 'coverage', stroke: inSeries(name), strokeWidth: 2 }),
      dense ? null : Plot.dot(observed, { x: 'level', y: 'coverage', r: 3, fill: inSeries(name) }),
    ],
  });
};
