import {
  type FieldKinds,
  invalidArgument,
  knownFields,
  knownOptions,
  type OptionNames,
} from '../check/index.ts';
import { normalQuantile } from '../distributions/specialFunctions.ts';
import {
  type BandOptions,
  bandFigure,
  bandOptionNames,
  type DataPoints,
  quantileRibbons,
  type Ribbon,
  readPoints,
} from './band.ts';
import type { Figure } from './figure.ts';
import { ascendingOrder, type Numbers, readList, readRows } from './numbers.ts';
import { loadPlot } from './peers.ts';

/** A model's predictions along one input. */
export interface BandData {
  /** The inputs, `[n]` or `[n, 1]`, in any order. */
  readonly x: Numbers;
  /** The predictive mean, `[n]` or `[n, 1]`; default the mean of the samples. */
  readonly mean?: Numbers;
  /** The predictive standard deviation, `[n]` or `[n, 1]`: ribbons are quantiles of normals around the mean. */
  readonly std?: Numbers;
  /** Variances from `predict`: a ribbon of the epistemic uncertainty inside one of the total. */
  readonly uncertainty?: {
    readonly total: Numbers;
    readonly epistemic: Numbers;
    readonly aleatoric?: Numbers;
  };
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

/** Options of `predictiveBand`; `functions` is 12 by default. */
export interface PredictiveBandOptions extends BandOptions {
  /** The probability of each ribbon; default `[0.5, 0.95]`. With `uncertainty` only the largest is used. */
  readonly levels?: readonly number[];
}

const optionNames: OptionNames<PredictiveBandOptions> = { ...bandOptionNames, levels: true };

const fn = 'plot.predictiveBand';

const readStd = async (argument: string, variance: Numbers, length: number): Promise<readonly number[]> => {
  const values = await readList(argument, variance, length);
  const bad = values.find((value) => value < 0);
  return bad === undefined ? values.map(Math.sqrt) : invalidArgument(argument, 'at least 0', bad);
};

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;

const checkLevels = (levels: readonly number[]): readonly number[] => {
  if (!Array.isArray(levels) || levels.length === 0) {
    invalidArgument(`${fn}: levels`, 'a list of shares between 0 and 1', levels);
  }
  for (const level of levels) {
    if (!(level > 0 && level < 1)) invalidArgument(`${fn}: levels`, 'shares between 0 and 1', level);
  }
  return [...levels].sort((a, b) => b - a);
};

const around = (name: string, mean: readonly number[], std: readonly number[], level: number): Ribbon => {
  const half = normalQuantile((1 + level) / 2);
  return {
    name,
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
    const total = await readStd(`${fn}: uncertainty.total`, uncertainty.total, length);
    const own = await readStd(`${fn}: uncertainty.epistemic`, uncertainty.epistemic, length);
    return [
      around(`${percent(level)} of targets`, mean, total, level),
      around(`${percent(level)} of functions (epistemic)`, mean, own, level),
    ];
  }
  if (std !== undefined) {
    const spread = await readList(`${fn}: std`, std, length);
    const bad = spread.find((value) => value < 0);
    if (bad !== undefined) invalidArgument(`${fn}: std`, 'at least 0', bad);
    return levels.map((level) => around(percent(level), mean, spread, level));
  }
  return samples.length === 0 ? [] : quantileRibbons(samples, levels, percent);
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
 * const figure = await plot.predictiveBand(
 *   { x, mean, uncertainty, data: { x: [-0.5, 0.5], y: [0.1, 0.3] } },
 *   { xLabel: 'voltage, V', yLabel: 'current, A' },
 * );
 */
export const predictiveBand = async (
  band: BandData,
  options: PredictiveBandOptions = {},
): Promise<Figure> => {
  knownFields(fn, band, bandKinds);
  const { levels = [0.5, 0.95], ...others } = knownOptions(fn, options, optionNames);
  const x = await readList(`${fn}: x`, band.x);
  const inOrder = ascendingOrder(x);
  const samples = band.samples === undefined ? [] : await readRows(`${fn}: samples`, band.samples, x.length);
  if (band.mean === undefined && samples.length === 0)
    invalidArgument(`${fn}: the band`, 'one with a mean or samples', band);
  const mean =
    band.mean === undefined
      ? x.map((_, i) => samples.reduce((sum, row) => sum + (row[i] as number), 0) / samples.length)
      : await readList(`${fn}: mean`, band.mean, x.length);
  const ribbons = await makeRibbons(band, mean, samples, checkLevels(levels));
  const content = {
    x: inOrder(x),
    mean: inOrder(mean),
    ribbons: ribbons.map(({ name, low, high }) => ({ name, low: inOrder(low), high: inOrder(high) })),
    samples: samples.map(inOrder),
    samplesName: 'sampled functions',
    data: await readPoints(`${fn}: data`, band.data),
    heldOut: await readPoints(`${fn}: heldOut`, band.heldOut),
  };
  return bandFigure(await loadPlot(), fn, content, { functions: 12, ...others });
};
