import { finiteNumber, invalidArgument, knownOptions } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { type Curve, curveMarks } from './curves.ts';
import {
  axis,
  extent,
  type Figure,
  type FigureOptions,
  figureOptionNames,
  makeFigure,
  upAxis,
  withZero,
} from './figure.ts';
import { checkAscending, checkFractions, type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { lineSeries, seriesScale } from './series.ts';

/** The result of the metric `riskCoverage`, or the same as plain numbers. */
export interface RiskCoverageNumbers {
  /** Fractions of rows that are kept, ascending. */
  readonly coverage: Numbers;
  /** The mean error of the kept rows. */
  readonly risk: Numbers;
  /** The area under the curve, if it has fewer points than there were rows; by default the mean of `risk`. */
  readonly aurc?: number;
}

const fn = 'plot.riskCoverage';

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each / values.length, 0);

const readLine = async (
  name: string,
  given: RiskCoverageNumbers,
): Promise<Curve & { readonly aurc: number }> => {
  if (typeof given !== 'object' || given === null || isTensor(given))
    invalidArgument(`${fn}: ${name}`, 'what riskCoverage() returns', given);
  const argument = `${fn}: ${name}.coverage`;
  const x = checkAscending(argument, checkFractions(argument, await readList(argument, given.coverage)));
  const y = await readList(`${fn}: ${name}.risk`, given.risk, x.length);
  const aurc = given.aurc === undefined ? mean(y) : finiteNumber(`${fn}: ${name}.aurc`, given.aurc);
  return { name, x, y, aurc };
};

/**
 * Risk against coverage, from the metric `riskCoverage`: the mean error of the most certain rows, by the fraction of them
 * that is kept, a curve for each name. The legend has the `aurc` of each curve. At the right end all
 * rows are kept; the lower a curve is to its left, the better that uncertainty tells which predictions are wrong.
 *
 * @throws Error without curves, for lists that are empty, of different lengths or not of finite numbers, for coverages
 * outside 0 to 1 or not ascending, and an `aurc` that is not a finite number
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const { mean, uncertainty } = run(params, random.key(1), testImages);
 * const errors = tf.notEqual(tf.argMax(mean, -1), testLabels);
 * const figure = await plot.riskCoverage({
 *   total: riskCoverage({ uncertainty: uncertainty.total, errors }),
 *   epistemic: riskCoverage({ uncertainty: uncertainty.epistemic, errors }),
 * });
 */
export const riskCoverage = async (
  curves: { readonly [name: string]: RiskCoverageNumbers },
  options: FigureOptions = {},
): Promise<Figure> => {
  knownOptions(fn, options, figureOptionNames);
  const given = Object.entries(curves ?? {});
  if (given.length === 0) invalidArgument(`${fn}: curves`, 'at least one curve by name', curves);
  const lines = await Promise.all(given.map(([name, numbers]) => readLine(name, numbers)));
  const series = lineSeries(lines.map(({ name, aurc }) => `${name} (AURC ${aurc.toPrecision(3)})`));
  const domain = withZero(extent(...lines.map(({ y }) => y)));
  const Plot = await loadPlot();
  return makeFigure(fn, options, [560, 320], {
    ariaLabel: `Risk against coverage for ${lines.map(({ name }) => name).join(' and ')}`,
    x: axis('coverage (fraction of rows kept, the most certain first)', [0, 1]),
    y: upAxis('mean error of the kept rows', domain),
    ...seriesScale(series),
    marks: curveMarks(Plot, lines, series),
  });
};
