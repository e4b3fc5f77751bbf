import { type FieldKinds, invalidArgument, knownFields, knownOptions, sameShape } from '../check/index.ts';
import type { Figure } from './figure.ts';
import type { Field } from './heatCells.ts';
import { type Maps, mapFigure, mapOptionNames, type UncertaintyMapOptions } from './mapFigure.ts';
import { KINDS } from './markers.ts';
import { type Numbers, readBlock, readList } from './numbers.ts';

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

/** A grid also has its points, which are ignored. */
const mapKinds: FieldKinds<MapData> = {
  x: 'value',
  y: 'value',
  values: 'value?',
  uncertainty: 'object?',
  data: 'object?',
};

const pointKinds: FieldKinds<NonNullable<MapData['data']>> = { x: 'value', y: 'value', classes: 'value?' };

const ascending = async (name: string, given: Numbers): Promise<readonly number[]> => {
  const values = await readList(`plot.uncertaintyMap: ${name}`, given);
  const at = values.findIndex((value, i) => i > 0 && value <= (values[i - 1] as number));
  if (at > 0)
    invalidArgument(`plot.uncertaintyMap: ${name}`, 'ascending', `${values[at - 1]}, ${values[at]} at ${at}`);
  return values;
};

const readField = async (
  argument: string,
  given: Numbers,
  x: readonly number[],
  y: readonly number[],
): Promise<Field> => {
  const { shape, data } = await readBlock(argument, given);
  const own = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  const fits = [shape, own].some(
    (each) => sameShape(each, [y.length, x.length]) || sameShape(each, [y.length * x.length]),
  );
  if (!fits) {
    invalidArgument(
      argument,
      `numbers of shape [${y.length}, ${x.length}] or [${y.length * x.length}]`,
      `shape [${shape.join(', ')}]`,
    );
  }
  const rows = y.map((_, row) => x.map((_, column) => data[row * x.length + column] as number));
  return { x, y, rows };
};

const readPoints = async (given: MapData['data']): Promise<Maps['points']> => {
  if (given === undefined) return [];
  knownFields('plot.uncertaintyMap: data', given, pointKinds);
  const x = await readList('plot.uncertaintyMap: data.x', given.x);
  const y = await readList('plot.uncertaintyMap: data.y', given.y, x.length);
  const classes =
    given.classes === undefined
      ? x.map(() => 0)
      : await readList('plot.uncertaintyMap: data.classes', given.classes, x.length);
  const bad = classes.find((each) => !(Number.isInteger(each) && each >= 0 && each < KINDS));
  if (bad !== undefined)
    invalidArgument('plot.uncertaintyMap: data.classes', `integers from 0 to ${KINDS - 1}`, bad);
  const count = classes.reduce((most, each) => Math.max(most, each), 0) + 1;
  return Array.from({ length: count }, (_, kind) =>
    x.flatMap((value, i) => (classes[i] === kind ? [[value, y[i] as number] as const] : [])),
  );
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
 * const { uncertainty } = predict(classifier, { likelihood: categorical(), samples: 10 })(
 *   classifier.init(random.key(0)), random.key(1), tf.tensor2d(points));
 * const figure = await plot.uncertaintyMap(
 *   { x, y, uncertainty, data: { x: [-1, 1], y: [0, 0], classes: [0, 1] } }, { valueLabel: 'entropy, nats' });
 */
export const uncertaintyMap = async (map: MapData, options: UncertaintyMapOptions = {}): Promise<Figure> => {
  knownFields('plot.uncertaintyMap', map, mapKinds);
  knownOptions('plot.uncertaintyMap', options, mapOptionNames);
  const [x, y] = [await ascending('x', map.x), await ascending('y', map.y)];
  const { values, uncertainty, data } = map;
  const { domain } = options;
  if (domain !== undefined && !(domain[0] < domain[1] && domain.every(Number.isFinite))) {
    invalidArgument('plot.uncertaintyMap: domain', '[low, high] with low < high', domain);
  }
  if ((values === undefined) === (uncertainty === undefined)) {
    invalidArgument('plot.uncertaintyMap: the map', 'one with values or an uncertainty', map);
  }
  const fields = await Promise.all(
    uncertainty === undefined
      ? [{ name: options.valueLabel ?? 'uncertainty', given: values }].map(async ({ name, given }) => ({
          name,
          field: await readField('plot.uncertaintyMap: values', given as Numbers, x, y),
        }))
      : parts.map(async (name) => ({
          name,
          field: await readField(`plot.uncertaintyMap: uncertainty.${name}`, uncertainty[name], x, y),
        })),
  );
  return mapFigure({ fields, points: await readPoints(data) }, options);
};
