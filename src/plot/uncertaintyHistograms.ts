import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { checkSize, type Figure } from './figure.ts';
import { countInBins, fractions, outline } from './histogram.ts';
import { extent, withZero } from './interval.ts';
import type { LegendEntry } from './legend.ts';
import { type Numbers, readList } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { panelFigure } from './panelFigure.ts';
import { seriesAt } from './theme.ts';
import { roundOut } from './ticks.ts';

/** Options of `uncertaintyHistograms`. */
export interface UncertaintyHistogramsOptions extends FigureOptions {
  /** The label of the values, with their unit; default `'entropy, nats'`. */
  readonly xLabel?: string;
  /** The number of bins of equal width; default 40. */
  readonly bins?: number;
}

const optionNames: OptionNames<UncertaintyHistogramsOptions> = {
  ...figureOptionNames,
  xLabel: true,
  bins: true,
};

/** The number of distinct colours. */
const MAX_SETS = 4;

/**
 * A model's uncertainty about the rows of several data sets, such as one that it knows and one that it does not: a
 * histogram for each, as fractions of its own rows. The less they overlap, the better uncertainty tells them apart.
 *
 * @throws Error for more than four data sets or none, for one that is empty or has NaN or infinite values, and for `bins`
 * that is not a positive integer
 * @example
 * const epistemic = (of: tf.Tensor) =>
 *   predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), of).uncertainty.epistemic;
 * const figure = await plot.uncertaintyHistograms({
 *   known: epistemic(testImages),
 *   negatives: epistemic(tf.sub(1, testImages)),
 * });
 */
export const uncertaintyHistograms = async (
  sets: { readonly [name: string]: Numbers },
  options: UncertaintyHistogramsOptions = {},
): Promise<Figure> => {
  const { xLabel = 'entropy, nats', bins = 40 } = knownOptions(
    'plot.uncertaintyHistograms',
    options,
    optionNames,
  );
  positiveInteger('plot.uncertaintyHistograms: bins', bins);
  const given = Object.entries(sets ?? {});
  if (given.length === 0 || given.length > MAX_SETS) {
    invalidArgument('plot.uncertaintyHistograms: sets', `one to ${MAX_SETS} data sets by name`, sets);
  }
  const lists = await Promise.all(
    given.map(async ([name, values]) => ({
      name,
      values: await readList(`plot.uncertaintyHistograms: ${name}`, values),
    })),
  );
  const domain = withZero(extent(...lists.map(({ values }) => values)));
  const histograms = lists.map(({ values }) => countInBins(values, domain, bins));
  const highest = Math.max(...histograms.flatMap(fractions));
  return panelFigure(
    {
      width: checkSize('plot.uncertaintyHistograms: width', options.width, 560, 160),
      height: checkSize('plot.uncertaintyHistograms: height', options.height, 300, 120),
      x: { label: xLabel, domain },
      y: { label: 'share of rows', domain: roundOut([0, highest]) },
      legend: lists.map(
        ({ name, values }, index): LegendEntry => ({
          text: `${name} (${values.length} rows)`,
          mark: 'area',
          role: seriesAt(index).role,
          attributes: { 'fill-opacity': '0.5' },
        }),
      ),
      draw: (area) => histograms.map((each, index) => outline(each, seriesAt(index).role, area)).join(''),
    },
    `Histograms of ${xLabel} for ${lists.map(({ name }) => name).join(' and ')}`,
    options,
  );
};
