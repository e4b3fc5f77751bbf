import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { checkSize, type Figure } from './figure.ts';
import { countInBins, fractions, outline } from './histogram.ts';
import { extent, type Interval } from './interval.ts';
import { segment } from './marks.ts';
import { normalPosteriors } from './normalPosteriors.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { panelFigure } from './panelFigure.ts';
import { roundOut } from './ticks.ts';

/** Options of `signalToNoise`. */
export interface SignalToNoiseOptions extends FigureOptions {
  /** The number of bins of equal width in decibels; default 60. */
  readonly bins?: number;
  /** The ends of the horizontal axis in decibels, for comparable figures; the outermost bins count weights beyond. */
  readonly xDomain?: readonly [low: number, high: number];
}

const optionNames: OptionNames<SignalToNoiseOptions> = { ...figureOptionNames, bins: true, xDomain: true };

/** Below this, weights are practically all alike; a mean of zero has no decibels. */
const MIN_DECIBELS = -60;

const decibels = (mean: number, std: number): number =>
  // The standard deviation may be zero; higher ratios make no difference.
  Math.min(Math.max(20 * Math.log10(Math.abs(mean) / std), MIN_DECIBELS), 120);

/**
 * The signal-to-noise ratio of normal posteriors: a histogram of |mean| / std over all weights, in decibels (20 log10 of
 * the ratio). Weights with the smallest ratio can be pruned first (Blundell et al., Weight uncertainty in neural networks,
 * 2015, section 5.1), as by `prune`. Left of the line, at a ratio of 1, a weight has the opposite sign of its mean with a probability of
 * 16 % or more. Ratios are clipped to -60 and 120 dB; weights with other posteriors are skipped, and pruned ones counted in
 * the legend alone.
 *
 * @throws Error for a tree without normal posteriors, NaN or infinite values, or `bins` that is not a positive integer
 * @example
 * const figure = await plot.signalToNoise(params);
 */
export const signalToNoise = async (params: unknown, options: SignalToNoiseOptions = {}): Promise<Figure> => {
  knownOptions('plot.signalToNoise', options, optionNames);
  const bins = positiveInteger('plot.signalToNoise: bins', options.bins ?? 60);
  const posteriors = await normalPosteriors('plot.signalToNoise: params', params);
  const ratios = posteriors.flatMap(({ means, stds }) =>
    Array.from(means, (mean, i) => (mean === 0 ? MIN_DECIBELS : decibels(mean, stds[i] as number))),
  );
  const domain: Interval = options.xDomain ?? extent(ratios, [0]);
  const histogram = countInBins(ratios, domain, bins);
  const below = ratios.filter((ratio) => ratio < 0).length / Math.max(ratios.length, 1);
  const pruned = posteriors.reduce((sum, each) => sum + each.pruned, 0);
  return panelFigure(
    {
      width: checkSize('plot.signalToNoise: width', options.width, 560, 160),
      height: checkSize('plot.signalToNoise: height', options.height, 300, 120),
      x: { label: 'signal to noise, |mean| / std, dB', domain },
      y: { label: 'share of weights', domain: roundOut([0, Math.max(...fractions(histogram)) || 1]) },
      legend: [
        {
          text: pruned === 0 ? `${ratios.length} weights` : `${ratios.length} weights, ${pruned} are pruned`,
          mark: 'area',
          role: 'first',
          attributes: { 'fill-opacity': '0.5' },
        },
        { text: `|mean| = std; ${(100 * below).toFixed(1)} % are below`, mark: 'line', role: 'second' },
      ],
      draw: (area) =>
        outline(histogram, 'first', area) +
        segment([area.x(0), area.box.top], [area.x(0), area.box.top + area.box.height], {
          ...area.paint.stroke('second'),
          'stroke-width': '1.5',
        }),
    },
    `Histogram of the signal-to-noise ratio of ${ratios.length} weights, in decibels`,
    options,
  );
};
