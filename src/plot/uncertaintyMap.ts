import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
  sameShape,
} from '../check/index.ts';
import {
  axis,
  checkDomain,
  checkSize,
  extent,
  type Figure,
  type FigureOptions,
  figureOptionNames,
  type Interval,
  makeFigure,
  withZero,
} from './figure.ts';
import { heat } from './heat.ts';
import { checkAscending, type Numbers, readBlock, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';

/** Options of `uncertaintyMap`. */
export interface UncertaintyMapOptions extends FigureOptions {
  /** The label of the values, with their unit; default `'uncertainty'`. */
  readonly valueLabel?: string;
  /** The ends of the colour scale, for comparable figures; default from 0 or the smallest value to the largest. */
  readonly domain?: Interval;
}

const mapOptionNames: OptionNames<UncertaintyMapOptions> = {
  ...figureOptionNames,
  valueLabel: true,
  domain: true,
};

/** Values at the points of a grid, and data points. */
export interface MapData {
  /** The first input of each column, `[columns]`, ascending, as from `grid`. */
  readonly x: Numbers;
  /** The second input of each row, `[rows]`, ascending. */
  readonly y: Numbers;
  /** One value for each point, `[rows, columns]` or in the order of the points of `grid`, `[rows * columns]`. */
  readonly values?: Numbers;
  /** The result of `predict` at the points of `grid`: total, aleatoric and epistemic side by side, in the same colours. */
  readonly uncertainty?: {
    readonly total: Numbers;
    readonly aleatoric: Numbers;
    readonly epistemic: Numbers;
  };
  /** Data points, and the class of each, from 0. */
  readonly data?: { readonly x: Numbers; readonly y: Numbers; readonly classes?: Numbers };
}

const fn = 'plot.uncertaintyMap';

/** A grid also has its points, which are ignored. */
const mapKinds: FieldKinds<MapData> = {
  x: 'value',
  y: 'value',
  values: 'value?',
  uncertainty: 'object?',
  data: 'object?',
};

const pointKinds: FieldKinds<NonNullable<MapData['data']>> = { x: 'value', y: 'value', classes: 'value?' };

const readAxis = async (name: string, given: Numbers): Promise<readonly number[]> =>
  checkAscending(`${fn}: ${name}`, await readList(`${fn}: ${name}`, given), true);

const readField = async (argument: string, given: Numbers, rows: number, columns: number) => {
  const { shape, data } = await readBlock(argument, given);
  const sizes = shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  const isOf = (wanted: readonly number[]): boolean => [shape, sizes].some((each) => sameShape(each, wanted));
  if (!isOf([rows, columns]) && !isOf([rows * columns]))
    invalidArgument(
      argument,
      `numbers of shape [${rows}, ${columns}] or [${rows * columns}]`,
      `shape [${shape.join(', ')}]`,
    );
  return data;
};

const symbols = ['circle', 'square', 'triangle', 'diamond'] as const;

/** The number of kinds of markers: each symbol in white with a dark edge, and the other way round. */
const KINDS = 2 * symbols.length;

type Points = readonly (readonly [x: number, y: number])[];

const readPoints = async (given: MapData['data']): Promise<readonly Points[]> => {
  if (given === undefined) return [];
  knownFields(`${fn}: data`, given, pointKinds);
  const x = await readList(`${fn}: data.x`, given.x);
  const y = await readList(`${fn}: data.y`, given.y, x.length);
  const classes =
    given.classes === undefined
      ? x.map(() => 0)
      : await readList(`${fn}: data.classes`, given.classes, x.length);
  const bad = classes.find((each) => !(Number.isInteger(each) && each >= 0 && each < KINDS));
  if (bad !== undefined) invalidArgument(`${fn}: data.classes`, `integers from 0 to ${KINDS - 1}`, bad);
  const count = classes.reduce((most, each) => Math.max(most, each), 0) + 1;
  return Array.from({ length: count }, (_, kind) =>
    x.flatMap((value, i) => (classes[i] === kind ? [[value, y[i] as number] as const] : [])),
  );
};

/** The edges of cells, half way between their centres; a single cell has length one. */
const edges = (middles: readonly number[]): readonly number[] => {
  const [first, last] = [middles[0] as number, middles.at(-1) as number];
  const between = middles.slice(1).map((value, i) => (value + (middles[i] as number)) / 2);
  return [2 * first - (between[0] ?? first + 0.5), ...between, 2 * last - (between.at(-1) ?? last - 0.5)];
};

/** Finer grids are not visible. */
const MAX_CELLS = 160;

/** Some indices of a list, at equal distances. */
const spaced = (length: number): readonly number[] => {
  const stride = Math.ceil(length / MAX_CELLS);
  return Array.from({ length }, (_, i) => i).filter((i) => i % stride === Math.floor((stride - 1) / 2));
};

const parts = ['total', 'aleatoric', 'epistemic'] as const;

/**
 * The uncertainty of a model with two inputs at each point of a grid, as colours from dark (low) to yellow (high), with
 * the data: one map of `values`, or three for an `uncertainty` from `predict`.
 *
 * @throws Error for values that do not fit the grid, a grid that is not ascending, NaN or infinite values, and classes
 * outside 0 to 7
 * @example
 * const { x, y, points } = plot.grid({ x: [-3, 3], y: [-2, 2] });
 * const classifier = bayesian()(linear(2, 2));
 * const run = predict(classifier, { likelihood: categorical(), samples: 10 });
 * const own = classifier.init(random.key(0));
 * const { uncertainty } = run(own, random.key(1), tf.tensor2d(points));
 * const figure = await plot.uncertaintyMap(
 *   { x, y, uncertainty, data: { x: [-1, 1], y: [0, 0], classes: [0, 1] } },
 *   { valueLabel: 'entropy, nats' },
 * );
 */
export const uncertaintyMap = async (map: MapData, options: UncertaintyMapOptions = {}): Promise<Figure> => {
  knownFields(fn, map, mapKinds);
  knownOptions(fn, options, mapOptionNames);
  const [x, y] = [await readAxis('x', map.x), await readAxis('y', map.y)];
  const { values, uncertainty, data } = map;
  const { xLabel = 'x', yLabel = 'y', valueLabel = 'uncertainty' } = options;
  const domain = checkDomain(`${fn}: domain`, options.domain);
  if ((values === undefined) === (uncertainty === undefined))
    invalidArgument(`${fn}: the map`, 'one with values or an uncertainty', map);
  const fields = await Promise.all(
    uncertainty === undefined
      ? [{ part: valueLabel, field: await readField(`${fn}: values`, values as Numbers, y.length, x.length) }]
      : parts.map(async (part) => ({
          part,
          field: await readField(`${fn}: uncertainty.${part}`, uncertainty[part], y.length, x.length),
        })),
  );
  const [columns, rows] = [spaced(x.length), spaced(y.length)];
  const [xs, ys] = [edges(columns.map((i) => x[i] as number)), edges(rows.map((i) => y[i] as number))];
  const cells = fields.flatMap(({ part, field }) =>
    rows.flatMap((row, up) =>
      columns.map((column, across) => ({
        part,
        ...{ x1: xs[across], x2: xs[across + 1], y1: ys[up], y2: ys[up + 1] },
        value: field[row * x.length + column],
      })),
    ),
  );
  const found = extent(...fields.map(({ field }) => field));
  const colorDomain = domain ?? (found[0] >= 0 ? withZero(found) : found);
  const [left, right, low, high] = [xs[0], xs.at(-1), ys[0], ys.at(-1)] as [number, number, number, number];
  const several = fields.length > 1;
  const width = checkSize(`${fn}: width`, options.width, several ? 720 : 420, 240 * fields.length);
  const points = await readPoints(data);
  const Plot = await loadPlot();
  return makeFigure(fn, { ...options, width }, [width, Math.round(width / fields.length) + 40], {
    ariaLabel: `Maps of ${valueLabel} over ${xLabel} and ${yLabel}: ${fields.map(({ part }) => part).join(', ')}`,
    x: axis(xLabel, [left, right]),
    y: axis(yLabel, [low, high]),
    ...(several ? { fx: { domain: parts, label: null } } : {}),
    marginTop: several ? 40 : 26,
    color: { type: 'linear', scheme: 'viridis', domain: colorDomain, label: valueLabel, legend: true },
    marks: [
      Plot.rect(cells, {
        ...{ x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', fill: 'value', render: heat },
        ...(several ? { fx: 'part' } : {}),
      }),
      ...points.map((list, kind) => {
        const isWhite = kind % 2 === Math.floor(kind / symbols.length) % 2;
        const [fill, stroke] = isWhite ? ['white', 'black'] : ['black', 'white'];
        const symbol = symbols[kind % symbols.length] as (typeof symbols)[number];
        return Plot.dot(list, { x: '0', y: '1', symbol, r: 3, fill, stroke, strokeWidth: 0.9, clip: true });
      }),
    ],
  });
};
