import { knownOptions, type OptionNames, positiveInteger } from '../check/index.ts';
import { binomialInterval } from './binomial.ts';
import { element, type Markup } from './element.ts';
import { checkSize, type Figure } from './figure.ts';
import { countInBins, fractions } from './histogram.ts';
import { bar, ribbon, segment } from './marks.ts';
import { checkFractions, type Numbers, readList } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import type { Area } from './panel.ts';
import { panelFigure } from './panelFigure.ts';
import { roundOut } from './ticks.ts';

/** Options of `pitHistogram`. */
export interface PitHistogramOptions extends FigureOptions {
  /** The number of bins of equal width; default 20. */
  readonly bins?: number;
}

const optionNames: OptionNames<PitHistogramOptions> = { ...figureOptionNames, bins: true };

const fn = 'plot.pitHistogram';

/** Densities in bins, and those between which 95 % of bins are by chance; 1 is uniform. */
interface Densities {
  readonly heights: readonly number[];
  readonly low: number;
  readonly high: number;
}

const drawn =
  ({ heights, low, high }: Densities) =>
  ({ x, y, paint }: Area): Markup => {
    const bars = heights.map((height, bin) => {
      const [from, to] = [x(bin / heights.length), x((bin + 1) / heights.length)];
      return bar(from + 0.5, to - from - 1, y(0), y(height), {});
    });
    const band = [0, 1].map((end) => [x(end), y(low), y(high)] as const);
    return [
      element('g', { 'data-part': 'bars', ...paint.fill('first'), 'fill-opacity': '0.65' }, ...bars),
      element('g', { 'data-part': 'band' }, ribbon(band, { ...paint.fill('muted'), 'fill-opacity': '0.25' })),
      segment([x(0), y(1)], [x(1), y(1)], { ...paint.stroke('ink'), 'stroke-dasharray': '4 3' }),
    ].join('');
  };

/**
 * The histogram of probability integral transforms, the values of `pit`: flat if predictive distributions are calibrated, a
 * hump if they are too wide, high at both ends if too narrow, sloping if their means are off. The band is that of chance:
 * 95 % of the bins of a calibrated model are inside.
 *
 * @throws Error for values outside 0 to 1, and for `bins` that is not a positive integer
 * @example
 * const transforms = random.uniform(random.key(0), [200]); // those of a calibrated model
 * const figure = await plot.pitHistogram(transforms, { bins: 10 });
 */
export const pitHistogram = async (values: Numbers, options: PitHistogramOptions = {}): Promise<Figure> => {
  const { bins = 20 } = knownOptions(fn, options, optionNames);
  positiveInteger(`${fn}: bins`, bins);
  const list = checkFractions(`${fn}: values`, await readList(`${fn}: values`, values));
  const heights = fractions(countInBins(list, [0, 1], bins)).map((share) => share * bins);
  const [low, high] = binomialInterval(list.length, 1 / bins).map(
    (count) => (count * bins) / list.length,
  ) as [number, number];
  return panelFigure(
    {
      width: checkSize(`${fn}: width`, options.width, 480, 160),
      height: checkSize(`${fn}: height`, options.height, 300, 120),
      x: { label: 'probability of a value of at most the target', domain: [0, 1] },
      y: { label: 'density', domain: roundOut([0, 1.05 * Math.max(high, ...heights)]) },
      legend: [
        {
          text: `targets (${list.length} rows)`,
          mark: 'area',
          role: 'first',
          attributes: { 'fill-opacity': '0.65' },
        },
        { text: 'calibrated', mark: 'line', role: 'ink', attributes: { 'stroke-dasharray': '4 3' } },
        { text: 'by chance, 95 %', mark: 'area', role: 'muted', attributes: { 'fill-opacity': '0.25' } },
      ],
      draw: drawn({ heights, low, high }),
    },
    `Histogram of ${list.length} probability integral transforms in ${bins} bins`,
    options,
  );
};
