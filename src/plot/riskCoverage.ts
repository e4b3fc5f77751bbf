import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import { checkSize, type Figure } from './figure.ts';
import { extent, withZero } from './interval.ts';
import type { LegendEntry } from './legend.ts';
import { curve } from './marks.ts';
import { checkFractions, type Numbers, readList } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { panelFigure } from './panelFigure.ts';
import { seriesAt } from './theme.ts';
import { roundOut } from './ticks.ts';

/** The result of the metric `riskCoverage`, or the same as plain numbers. */
export interface RiskCoverageNumbers {
  /** Fractions of rows that are kept, ascending. */
  readonly coverage: Numbers;
  /** The mean error of the kept rows. */
  readonly risk: Numbers;
}

/** Options of `riskCoverage`. */
export interface RiskCoverageOptions extends FigureOptions {
  /** The label of the risk, with its unit; default `'mean error of the kept rows'`. */
  readonly yLabel?: string;
}

const optionNames: OptionNames<RiskCoverageOptions> = { ...figureOptionNames, yLabel: true };

const fn = 'plot.riskCoverage';

interface Line {
  readonly name: string;
  readonly coverage: readonly number[];
  readonly risk: readonly number[];
}

const readLine = async (name: string, given: RiskCoverageNumbers): Promise<Line> => {
  if (typeof given !== 'object' || given === null || isTensor(given)) {
    invalidArgument(`${fn}: ${name}`, 'what riskCoverage() returns', given);
  }
  const coverage = checkFractions(
    `${fn}: ${name}.coverage`,
    await readList(`${fn}: ${name}.coverage`, given.coverage),
  );
  if (coverage.some((each, i) => i > 0 && each < (coverage[i - 1] as number))) {
    invalidArgument(`${fn}: ${name}.coverage`, 'ascending', coverage);
  }
  return { name, coverage, risk: await readList(`${fn}: ${name}.risk`, given.risk, coverage.length) };
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each / values.length, 0);

/**
 * Risk against coverage, from the metric `riskCoverage`: the mean error of the most certain rows, by the fraction of them
 * that is kept, a curve for each name. The legend has the mean of each curve, which is its `aurc`. At the right end all
 * rows are kept; the lower a curve is to its left, the better that uncertainty tells which predictions are wrong.
 *
 * @throws Error without curves, for lists that are empty, of different lengths or not of finite numbers, and for coverages
 * outside 0 to 1 or not ascending
 * @example
 * const { mean, uncertainty } =
 *   predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), testImages);
 * const errors = tf.notEqual(tf.argMax(mean, -1), testLabels);
 * const figure = await plot.riskCoverage({
 *   total: riskCoverage({ uncertainty: uncertainty.total, errors }),
 *   epistemic: riskCoverage({ uncertainty: uncertainty.epistemic, errors }),
 * });
 */
export const riskCoverage = async (
  curves: { readonly [name: string]: RiskCoverageNumbers },
  options: RiskCoverageOptions = {},
): Promise<Figure> => {
  const { yLabel = 'mean error of the kept rows' } = knownOptions(fn, options, optionNames);
  const given = Object.entries(curves ?? {});
  if (given.length === 0) invalidArgument(`${fn}: curves`, 'at least one curve by name', curves);
  const lines = await Promise.all(given.map(([name, numbers]) => readLine(name, numbers)));
  return panelFigure(
    {
      width: checkSize(`${fn}: width`, options.width, 560, 160),
      height: checkSize(`${fn}: height`, options.height, 320, 120),
      x: { label: 'coverage (fraction of rows kept, the most certain first)', domain: [0, 1] },
      y: { label: yLabel, domain: roundOut(withZero(extent(...lines.map(({ risk }) => risk)))) },
      legend: lines.map(({ name, risk }, index): LegendEntry => {
        const { role, dash } = seriesAt(index);
        return { text: `${name} (AURC ${mean(risk).toPrecision(3)})`, mark: 'line', role, attributes: dash };
      }),
      draw: ({ x, y, paint }) =>
        lines
          .map(({ coverage, risk }, index) => {
            const { role, dash } = seriesAt(index);
            const points = coverage.map((each, i) => [x(each), y(risk[i] as number)] as const);
            return curve(points, {
              ...paint.stroke(role),
              'stroke-width': points.length === 1 ? 6 : '1.75',
              ...dash,
            });
          })
          .join(''),
    },
    `Risk against coverage for ${lines.map(({ name }) => name).join(' and ')}`,
    options,
  );
};
