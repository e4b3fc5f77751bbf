import { knownOptions } from '../check/index.ts';
import { binomialInterval } from './binomial.ts';
import { axis, type Figure, makeFigure, upAxis } from './figure.ts';
import { checkBins, countInBins, type HistogramOptions, histogramOptionNames } from './histogram.ts';
import { checkFractions, type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { inSeries, seriesScale } from './series.ts';
import { colors, translucent } from './theme.ts';

const fn = 'plot.pitHistogram';

/**
 * The histogram of probability integral transforms, the values of `pit`: flat if predictive distributions are calibrated, a
 * hump if they are too wide, high at both ends if too narrow, sloping if their means are off. The band is that of chance:
 * 95 % of the bins of a calibrated model are inside.
 *
 * @throws Error for values outside 0 to 1, and for `bins` that is not an integer from 1 to 1,000
 * @example
 * // Those of a calibrated model:
 * const transforms = random.uniform(random.key(0), [200]);
 * const figure = await plot.pitHistogram(transforms, { bins: 10 });
 */
export const pitHistogram = async (values: Numbers, options: HistogramOptions = {}): Promise<Figure> => {
  const { bins: wanted = 20 } = knownOptions(fn, options, histogramOptionNames);
  const bins = checkBins(`${fn}: bins`, wanted, 0);
  const list = checkFractions(`${fn}: values`, await readList(`${fn}: values`, values));
  const rows = countInBins(list, [0, 1], bins).map((share, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    density: share * bins,
  }));
  const scaled = (count: number): number => (count * bins) / list.length;
  const [low, high] = binomialInterval(list.length, 1 / bins).map(scaled) as [number, number];
  const highest = 1.05 * Math.max(high, ...rows.map(({ density }) => density));
  const name = `targets (${list.length} rows)`;
  const Plot = await loadPlot();
  return makeFigure(fn, options, [480, 300], {
    ariaLabel: `Histogram of ${list.length} probability integral transforms in ${bins} bins`,
    x: axis('probability of a value of at most the target', [0, 1]),
    y: upAxis('density', [0, highest]),
    ...seriesScale([
      { name, color: translucent(colors.first, 0.65), shape: 'area' },
      { name: 'calibrated', color: colors.ink, shape: 'line', dash: '4 3' },
      { name: 'by chance, 95 %', color: translucent(colors.muted, 0.25), shape: 'area' },
    ]),
    marks: [
      Plot.rectY(rows, { x1: 'from', x2: 'to', y1: 0, y2: 'density', fill: inSeries(name), inset: 0.5 }),
      Plot.rectY([0], { x1: 0, x2: 1, y1: low, y2: high, fill: inSeries('by chance, 95 %') }),
      Plot.ruleY([1], { stroke: inSeries('calibrated'), strokeDasharray: '4 3' }),
    ],
  });
};
