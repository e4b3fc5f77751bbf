import { invalidArgument, knownOptions } from '../check/index.ts';
import { axis, extent, type Figure, makeFigure, withZero } from './figure.ts';
import {
  checkBins,
  countInBins,
  type HistogramOptions,
  histogramMarks,
  histogramOptionNames,
  shareAxis,
} from './histogram.ts';
import { type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { seriesColor, seriesScale } from './series.ts';

const fn = 'plot.uncertaintyHistograms';

/** The number of distinct colours. */
const MAX_SETS = 4;

/**
 * A model's uncertainty about the rows of several data sets, such as one that it knows and one that it does not: a
 * histogram for each, as fractions of its own rows. The less they overlap, the better uncertainty tells them apart.
 *
 * @throws Error for more than four data sets or none, for one that is empty or has NaN or infinite values, and for `bins`
 * that is not an integer from 1 to 1,000
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const epistemic = (of: tf.Tensor) =>
 *   run(params, random.key(1), of).uncertainty.epistemic;
 * const figure = await plot.uncertaintyHistograms({
 *   known: epistemic(testImages),
 *   negatives: epistemic(tf.sub(1, testImages)),
 * });
 */
export const uncertaintyHistograms = async (
  sets: { readonly [name: string]: Numbers },
  options: HistogramOptions = {},
): Promise<Figure> => {
  const {
    xLabel = 'entropy, nats',
    yLabel = 'share of rows',
    bins: wanted,
    ...others
  } = knownOptions(fn, options, histogramOptionNames);
  const given = Object.entries(sets ?? {});
  if (given.length === 0 || given.length > MAX_SETS)
    invalidArgument(`${fn}: sets`, `one to ${MAX_SETS} data sets by name`, sets);
  const lists = await Promise.all(
    given.map(async ([set, numbers]) => {
      const values = await readList(`${fn}: ${set}`, numbers);
      return { name: `${set} (${values.length} rows)`, values };
    }),
  );
  const largest = Math.max(...lists.map(({ values }) => values.length));
  const bins = checkBins(`${fn}: bins`, wanted, largest);
  const domain = withZero(extent(...lists.map(({ values }) => values)));
  const histograms = lists.map(({ name, values }) => ({ name, shares: countInBins(values, domain, bins) }));
  const Plot = await loadPlot();
  return makeFigure(fn, others, [560, 300], {
    ariaLabel: `Histograms of ${xLabel} for ${given.map(([name]) => name).join(' and ')}`,
    x: axis(xLabel, domain),
    y: shareAxis(yLabel, histograms),
    ...seriesScale(lists.map(({ name }, i) => ({ name, color: seriesColor(i), shape: 'area' }))),
    marks: histogramMarks(Plot, histograms, domain),
  });
};
