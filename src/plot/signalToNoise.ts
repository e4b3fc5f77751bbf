import { knownOptions, type OptionNames } from '../check/index.ts';
import { axis, checkDomain, extent, type Figure, type Interval, makeFigure } from './figure.ts';
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
import { inSeries, seriesScale } from './series.ts';
import { colors } from './theme.ts';

const fn = 'plot.signalToNoise';

/** Options of `signalToNoise`. */
export interface SignalToNoiseOptions extends HistogramOptions {
  /** The ends of the horizontal axis in decibels, for comparable figures; the outermost bins count weights beyond. */
  readonly xDomain?: Interval;
}

const optionNames: OptionNames<SignalToNoiseOptions> = { ...histogramOptionNames, xDomain: true };

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
 * @throws Error for a tree without normal posteriors, NaN or infinite values, `bins` that is not an integer from 1
 * to 1,000, or an `xDomain` that is not ascending
 * @example
 * const figure = await plot.signalToNoise(params);
 */
export const signalToNoise = async (params: unknown, options: SignalToNoiseOptions = {}): Promise<Figure> => {
  const {
    bins: wanted,
    xDomain,
    yLabel = 'share of weights',
    ...others
  } = knownOptions(fn, options, optionNames);
  const posteriors = await normalPosteriors(`${fn}: params`, params);
  const ratios = posteriors.flatMap(({ means, stds }) =>
    Array.from(means, (mean, i) => (mean === 0 ? MIN_DECIBELS : decibels(mean, stds[i] as number))),
  );
  const domain = checkDomain(`${fn}: xDomain`, xDomain) ?? extent(ratios, [0]);
  const pruned = posteriors.reduce((sum, each) => sum + each.pruned, 0);
  const name = pruned === 0 ? `${ratios.length} weights` : `${ratios.length} weights, ${pruned} are pruned`;
  const below = ratios.filter((ratio) => ratio < 0).length / Math.max(ratios.length, 1);
  const line = `|mean| = std; ${(100 * below).toFixed(1)} % are below`;
  const bins = checkBins(`${fn}: bins`, wanted, ratios.length);
  const histograms = [{ name, shares: countInBins(ratios, domain, bins) }];
  const Plot = await loadPlot();
  return makeFigure(fn, others, [560, 300], {
    ariaLabel: `Histogram of the signal-to-noise ratio of ${ratios.length} weights, in decibels`,
    x: axis('signal to noise, |mean| / std, dB', domain),
    y: shareAxis(yLabel, histograms),
    ...seriesScale([
      { name, color: colors.first, shape: 'area' },
      { name: line, color: colors.second, shape: 'line' },
    ]),
    marks: [
      ...histogramMarks(Plot, histograms, domain),
      Plot.ruleX([0], { stroke: inSeries(line), strokeWidth: 1.5 }),
    ],
  });
};
