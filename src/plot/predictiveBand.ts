import { type FieldKinds, invalidArgument, knownFields, knownOptions } from '../check/index.ts';
import { bandFigure, bandOptionNames, type PredictiveBandOptions } from './bandFigure.ts';
import type { Figure } from './figure.ts';
import { type Numbers, readList, readRows } from './numbers.ts';
import { normalHalfWidth, quantile } from './quantiles.ts';

/** Points of a data set: inputs and targets, `[n]` or `[n, 1]`. */
export interface DataPoints {
  readonly x: Numbers;
  readonly y: Numbers;
}

/** A model's predictions along one input. */
export interface BandData {
  /** The inputs, `[n]` or `[n, 1]`, in any order. */
  readonly x: Numbers;
  /** The predictive mean, `[n]` or `[n, 1]`; default the mean of the samples. */
  readonly mean?: Numbers;
  /** The predictive standard deviation, `[n]` or `[n, 1]`: ribbons are quantiles of normals around the mean. */
  readonly std?: Numbers;
  /** Variances from `predict`: a ribbon of the epistemic uncertainty inside one of the total. */
  readonly uncertainty?: { readonly total: Numbers; readonly epistemic: Numbers };
  /** Sampled functions, `[samples, n]` or `[samples, n, 1]`, some of which are drawn. Alone, ribbons are their quantiles. */
  readonly samples?: Numbers;
  /** The training data. */
  readonly data?: DataPoints;
  /** Data that the model has not seen. */
  readonly heldOut?: DataPoints;
}

const bandKinds: FieldKinds<BandData> = {
  x: 'value',
  mean: 'value?',
  std: 'value?',
  uncertainty: 'object?',
  samples: 'value?',
  data: 'object?',
  heldOut: 'object?',
};

const pointKinds: FieldKinds<DataPoints> = { x: 'value', y: 'value' };

/** The order of ascending inputs, to sort lists of the same length by. */
export const ascendingOrder = (x: readonly number[]): readonly number[] =>
  x.map((_, index) => index).sort((a, b) => (x[a] as number) - (x[b] as number));

/** The points of a data set; none if there is none. */
export const readPoints = async (argument: string, given: DataPoints | undefined) => {
  if (given === undefined) return [];
  knownFields(argument, given, pointKinds);
  const x = await readList(`${argument}.x`, given.x);
  const y = await readList(`${argument}.y`, given.y, x.length);
  return x.map((value, index) => [value, y[index] as number] as const);
};

const readStd = async (argument: string, variance: Numbers, length: number): Promise<readonly number[]> => {
  const values = await readList(argument, variance, length);
  const bad = values.find((value) => value < 0);
  return bad === undefined ? values.map(Math.sqrt) : invalidArgument(argument, 'at least 0', bad);
};

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;

const checkLevels = (levels: readonly number[]): readonly number[] => {
  if (!Array.isArray(levels) || levels.length === 0) {
    invalidArgument('plot.predictiveBand: levels', 'a list of shares between 0 and 1', levels);
  }
  for (const level of levels) {
    if (!(level > 0 && level < 1))
      invalidArgument('plot.predictiveBand: levels', 'shares between 0 and 1', level);
  }
  return [...levels].sort((a, b) => b - a);
};

type Ribbon = { readonly text: string; readonly low: readonly number[]; readonly high: readonly number[] };

const around = (text: string, mean: readonly number[], std: readonly number[], level: number): Ribbon => {
  const half = normalHalfWidth(level);
  return {
    text,
    low: mean.map((value, i) => value - half * (std[i] as number)),
    high: mean.map((value, i) => value + half * (std[i] as number)),
  };
};

/** The ribbons, widest first. */
const makeRibbons = async (
  { std, uncertainty }: BandData,
  mean: readonly number[],
  samples: readonly (readonly number[])[],
  levels: readonly number[],
): Promise<readonly Ribbon[]> => {
  const length = mean.length;
  if (uncertainty !== undefined) {
    const level = levels[0] as number;
    const total = await readStd('plot.predictiveBand: uncertainty.total', uncertainty.total, length);
    const own = await readStd('plot.predictiveBand: uncertainty.epistemic', uncertainty.epistemic, length);
    return [
      around(`${percent(level)} of targets`, mean, total, level),
      around(`${percent(level)} of functions (epistemic)`, mean, own, level),
    ];
  }
  if (std !== undefined) {
    const spread = await readList('plot.predictiveBand: std', std, length);
    const bad = spread.find((value) => value < 0);
    if (bad !== undefined) invalidArgument('plot.predictiveBand: std', 'at least 0', bad);
    return levels.map((level) => around(percent(level), mean, spread, level));
  }
  if (samples.length === 0) return [];
  const sorted = mean.map((_, i) => Float64Array.from(samples, (row) => row[i] as number).sort());
  return levels.map((level) => ({
    text: percent(level),
    low: sorted.map((column) => quantile(column, (1 - level) / 2)),
    high: sorted.map((column) => quantile(column, (1 + level) / 2)),
  }));
};

/**
 * A model's predictions along one input: the mean, ribbons of given probability, sampled functions, and data. Ribbons
 * are those of `uncertainty`, else of `std`, else quantiles of `samples`.
 *
 * @throws Error for lists that do not fit, NaN or infinite values, negative variances, levels outside 0 to 1, or
 * if both `mean` and `samples` are missing
 * @example
 * const model = bayesian()(linear(1, 1));
 * const x = tf.reshape(tf.linspace(-1, 1, 50), [50, 1]);
 * const { mean, uncertainty } = predict(model, { likelihood: gaussian({ std: 0.1 }) })(
 *   model.init(random.key(0)), random.key(1), x);
 * const figure = await plot.predictiveBand({ x, mean, uncertainty, data: { x: [-0.5, 0.5], y: [0.1, 0.3] } },
 *   { xLabel: 'voltage, V', yLabel: 'current, A' });
 */
export const predictiveBand = async (
  band: BandData,
  options: PredictiveBandOptions = {},
): Promise<Figure> => {
  knownFields('plot.predictiveBand', band, bandKinds);
  knownOptions('plot.predictiveBand', options, bandOptionNames);
  const x = await readList('plot.predictiveBand: x', band.x);
  const order = ascendingOrder(x);
  const inOrder = (values: readonly number[]) => order.map((index) => values[index] as number);
  const samples =
    band.samples === undefined ? [] : await readRows('plot.predictiveBand: samples', band.samples, x.length);
  if (band.mean === undefined && samples.length === 0) {
    invalidArgument('plot.predictiveBand: the band', 'one with a mean or samples', band);
  }
  const mean =
    band.mean === undefined
      ? x.map((_, i) => samples.reduce((sum, row) => sum + (row[i] as number), 0) / samples.length)
      : await readList('plot.predictiveBand: mean', band.mean, x.length);
  const ribbons = await makeRibbons(band, mean, samples, checkLevels(options.levels ?? [0.5, 0.95]));
  return bandFigure(
    {
      x: inOrder(x),
      mean: inOrder(mean),
      ribbons: ribbons.map(({ text, low, high }) => ({ text, low: inOrder(low), high: inOrder(high) })),
      samples: samples.map(inOrder),
      data: await readPoints('plot.predictiveBand: data', band.data),
      heldOut: await readPoints('plot.predictiveBand: heldOut', band.heldOut),
    },
    options,
  );
};
