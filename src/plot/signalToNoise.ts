import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { type Figure, sizeOf } from './figure.ts';
import { histogramOf, outline, sharesOf } from './histogram.ts';
import { type Interval, intervalOf } from './interval.ts';
import { segment } from './marks.ts';
import { normalPosteriors } from './normalPosteriors.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { panelFigure } from './panelFigure.ts';
import { roundOut } from './ticks.ts';

/** Options of `signalToNoise`. */
export interface SignalToNoiseOptions extends FigureOptions {
  /** How many bins of equal width in decibels; default 60. */
  readonly bins?: number;
  /** The ends of the axis across in decibels, to compare figures; weights beyond count in the outermost bins. */
  readonly xDomain?: readonly [low: number, high: number];
}

const optionNames: OptionNames<SignalToNoiseOptions> = { ...figureOptionNames, bins: true, xDomain: true };

/** Weights of which hardly anything is known are all alike; a mean of zero has no decibels at all. */
const LOWEST = -60;

const decibels = (mean: number, std: number): number =>
  // A posterior that is sure has a standard deviation of zero; beyond this it makes no difference.
  Math.min(Math.max(20 * Math.log10(Math.abs(mean) / std), LOWEST), 120);

/**
 * How much the normal posteriors know: a histogram of |mean| / std over all weights, in decibels (20 log10 of the
 * ratio), of which the smallest can be pruned first (Blundell et al., Weight uncertainty in neural networks, 2015,
 * section 5.1). Left of the line, at a ratio of 1, a weight has the other sign than its mean with a probability of 16 %
 * or more. What is below -60 dB counts as -60, what is above 120 dB as 120; weights with other posteriors are left out.
 *
 * @throws Error for a tree without normal posteriors, with NaN or infinite values, or bins that are no positive integer
 * @example
 * const figure = await plot.signalToNoise(params);
 */
export const signalToNoise = async (params: unknown, options: SignalToNoiseOptions = {}): Promise<Figure> => {
  knownOptions('plot.signalToNoise', options, optionNames);
  const bins = positiveInteger('plot.signalToNoise: bins', options.bins ?? 60);
  const posteriors = await normalPosteriors('plot.signalToNoise: params', params);
  const ratios = posteriors.flatMap(({ means, stds }) =>
    Array.from(means, (mean, i) => (mean === 0 ? LOWEST : decibels(mean, stds[i] as number))),
  );
  const domain: Interval = options.xDomain ?? intervalOf(ratios, [0]);
  const histogram = histogramOf(ratios, domain, bins);
  const below = ratios.filter((ratio) => ratio < 0).length / ratios.length;
  return panelFigure(
    {
      width: sizeOf('plot.signalToNoise: width', options.width, 560, 160),
      height: sizeOf('plot.signalToNoise: height', options.height, 300, 120),
      x: { label: 'signal to noise, |mean| / std, dB', domain },
      y: { label: 'share of weights', domain: roundOut([0, Math.max(...sharesOf(histogram))]) },
      legend: [
        {
          text: `${ratios.length} weights`,
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
