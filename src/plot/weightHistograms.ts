import { invalidArgument, knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { assembleFigure, checkSize, type Figure } from './figure.ts';
import { countInBins, fractions, outline } from './histogram.ts';
import { extent } from './interval.ts';
import { normalPosteriors, type ReadPosterior } from './normalPosteriors.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { drawPanel, type Panel } from './panel.ts';
import { roundOut } from './ticks.ts';

/** Options of `weightHistograms`; `height` is that of each row of panels, default 190. */
export interface WeightHistogramsOptions extends FigureOptions {
  /** The number of bins of equal width; default 40. */
  readonly bins?: number;
  /** The number of panels side by side; default 2. */
  readonly columns?: number;
}

const optionNames: OptionNames<WeightHistogramsOptions> = { ...figureOptionNames, bins: true, columns: true };

/** Larger standard deviations cannot be drawn. */
const MAX_STD = 1e38;

const weightPanel = (
  { name, shape, means, stds, pruned }: ReadPosterior,
  bins: number,
  width: number,
  height: number,
): Panel => {
  const domain = extent(means, stds);
  const histograms = [countInBins(means, domain, bins), countInBins(stds, domain, bins)] as const;
  const highest = Math.max(...histograms.flatMap(fractions));
  return {
    width,
    height,
    heading: `${name} [${shape.join(', ')}]${pruned === 0 ? '' : `, ${pruned} are pruned`}`,
    x: { label: '', domain },
    y: { label: 'share', domain: roundOut([0, highest || 1]) },
    legend: [
      { text: 'mean', mark: 'area', role: 'first', attributes: { 'fill-opacity': '0.5' } },
      { text: 'standard deviation', mark: 'area', role: 'second', attributes: { 'fill-opacity': '0.5' } },
    ],
    draw: (area) => outline(histograms[0], 'first', area) + outline(histograms[1], 'second', area),
  };
};

/**
 * The normal posteriors of each variable: histograms of their means and of their standard deviations, both in the unit of
 * the weights. Weights with other posteriors are skipped, and pruned ones counted in the heading alone.
 *
 * @throws Error for a tree without normal posteriors, NaN or infinite values, or for `bins` or `columns` that is not a
 * positive integer
 * @example
 * const figure = await plot.weightHistograms(params);
 */
export const weightHistograms = async (
  params: unknown,
  options: WeightHistogramsOptions = {},
): Promise<Figure> => {
  knownOptions('plot.weightHistograms', options, optionNames);
  const bins = positiveInteger('plot.weightHistograms: bins', options.bins ?? 40);
  const posteriors = await normalPosteriors('plot.weightHistograms: params', params);
  for (const { name, stds } of posteriors) {
    const bad = Array.from(stds).find((std) => !(std < MAX_STD));
    if (bad !== undefined) invalidArgument(`plot.weightHistograms: std of ${name}`, 'finite', bad);
  }
  const most = positiveInteger('plot.weightHistograms: columns', options.columns ?? 2);
  const columns = Math.min(most, posteriors.length);
  const width = checkSize('plot.weightHistograms: width', options.width, 340 * columns, 200 * columns);
  const height = checkSize('plot.weightHistograms: height', options.height, 190, 120);
  const each = Math.floor(width / columns);
  return assembleFigure(
    {
      width,
      height: height * Math.ceil(posteriors.length / columns),
      description: `Histograms of posterior means and standard deviations of ${posteriors.map(({ name }) => name).join(', ')}`,
      parts: posteriors.map((posterior, index) => ({
        x: (index % columns) * each,
        y: Math.floor(index / columns) * height,
        draw: (paint) => drawPanel(weightPanel(posterior, bins, each, height), paint),
      })),
    },
    options,
  );
};
