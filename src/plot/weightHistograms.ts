import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import {
  axis,
  checkSize,
  extent,
  type Figure,
  makeFigure,
  makePanels,
  type Panels,
  padded,
} from './figure.ts';
import {
  checkBins,
  countInBins,
  type HistogramOptions,
  histogramMarks,
  histogramOptionNames,
  shareAxis,
} from './histogram.ts';
import { normalPosteriors } from './normalPosteriors.ts';
import { loadPlot } from './peers.ts';
import { seriesScale } from './series.ts';
import { colors } from './theme.ts';

/** Options of `weightHistograms`. */
export interface WeightHistogramsOptions extends HistogramOptions {
  /** The number of panels side by side; default 2. */
  readonly columns?: number;
}

const optionNames: OptionNames<WeightHistogramsOptions> = { ...histogramOptionNames, columns: true };

const fn = 'plot.weightHistograms';

/** Larger standard deviations cannot be drawn. */
const MAX_STD = 1e38;

/**
 * The normal posteriors of each variable: histograms of their means and of their standard deviations, both in the unit of
 * the weights. Weights with other posteriors are skipped, and pruned ones counted in the heading alone.
 *
 * @throws Error for a tree without normal posteriors, NaN or infinite values, or for `bins` or `columns` that is not a
 * positive integer, and for more than 1,000 bins
 * @example
 * const figure = await plot.weightHistograms(params);
 */
export const weightHistograms = async (
  params: unknown,
  options: WeightHistogramsOptions = {},
): Promise<Panels> => {
  const { yLabel = 'share', ...others } = knownOptions(fn, options, optionNames);
  const posteriors = await normalPosteriors(`${fn}: params`, params);
  for (const { name, stds } of posteriors) {
    const bad = Array.from(stds).find((std) => !(std < MAX_STD));
    if (bad !== undefined) invalidArgument(`${fn}: std of ${name}`, 'finite', bad);
  }
  const most = positiveInteger(`${fn}: columns`, options.columns ?? 2);
  const columns = Math.min(most, posteriors.length);
  const width = Math.floor(checkSize(`${fn}: width`, options.width, 340 * columns, 200 * columns) / columns);
  const Plot = await loadPlot();
  const panels = posteriors.map(({ name, shape, means, stds, pruned }): Figure => {
    const bins = checkBins(`${fn}: bins`, options.bins, means.length);
    const domain = padded(extent(means, stds), 1 / bins);
    const histograms = [
      { name: 'mean', shares: countInBins(means, domain, bins) },
      { name: 'standard deviation', shares: countInBins(stds, domain, bins) },
    ];
    return makeFigure(fn, { ...others, width }, [width, 190], {
      title: `${name} [${shape.join(', ')}]${pruned === 0 ? '' : `, ${pruned} are pruned`}`,
      ariaLabel: `Histograms of means and standard deviations of ${name}`,
      x: axis('', domain),
      y: shareAxis(yLabel, histograms),
      ...seriesScale([
        { name: 'mean', color: colors.first, shape: 'area' },
        { name: 'standard deviation', color: colors.second, shape: 'area' },
      ]),
      marks: histogramMarks(Plot, histograms, domain),
    });
  });
  const names = posteriors.map(({ name }) => name).join(', ');
  return makePanels(
    options,
    `Histograms of posterior means and standard deviations of ${names}`,
    panels,
    columns,
  );
};
