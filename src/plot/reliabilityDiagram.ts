import { invalidArgument, knownOptions } from '../check/index.ts';
import { isTensor } from '../tree/index.ts';
import {
  axis,
  checkSize,
  type FigureOptions,
  figureOptionNames,
  makeFigure,
  makePanels,
  type Panels,
  upAxis,
} from './figure.ts';
import { checkAscending, checkFractions, type Numbers, readList } from './numbers.ts';
import { loadPlot } from './peers.ts';
import { inSeries, seriesScale } from './series.ts';
import { colors, translucent } from './theme.ts';

const fn = 'plot.reliabilityDiagram';

/** The result of the metric `calibration`, or the same as plain numbers. */
export interface CalibrationNumbers {
  /** The expected calibration error. */
  readonly ece: Numbers | number;
  /** The mean probability of the predicted class in each bin. */
  readonly confidence: Numbers;
  /** The fraction of correct predictions in each bin. */
  readonly accuracy: Numbers;
  /** The number of rows in each bin. */
  readonly count: Numbers;
  /** The confidences between which the bins lie, one more than there are bins; by default bins of equal width. */
  readonly edges?: Numbers;
}

/** Pixels of a digit of a count, and of the axis beside the bars. */
const [DIGIT, BESIDE] = [5.5, 55];

/** Whether the count of each bin fits above its bar. */
const countsFit = (
  width: number,
  bins: readonly Readonly<Record<'from' | 'to' | 'count', number>>[],
): boolean =>
  bins.every(
    ({ from, to, count }) => DIGIT * String(Math.round(count)).length <= (width - BESIDE) * (to - from),
  );

interface Bins {
  readonly ece: number;
  readonly confidence: readonly number[];
  readonly accuracy: readonly number[];
  readonly count: readonly number[];
  readonly edges: readonly number[];
}

const readBins = async (given: CalibrationNumbers): Promise<Bins> => {
  if (typeof given !== 'object' || given === null)
    invalidArgument(`${fn}: calibration`, 'what calibration() returns', given);
  const fractions = async (name: string, value: unknown, length: number) =>
    checkFractions(`${fn}: ${name}`, await readList(`${fn}: ${name}`, value, length));
  const { ece, confidence, accuracy } = given;
  const count = await readList(`${fn}: count`, given.count);
  const n = count.length;
  const negative = count.find((rows) => rows < 0);
  if (negative !== undefined) invalidArgument(`${fn}: count`, 'at least 0', negative);
  if (!count.some((rows) => rows > 0)) invalidArgument(`${fn}: count`, 'above 0 in some bin', count);
  const error = isTensor(ece) ? await ece.data() : ece;
  const edges = given.edges ?? Array.from({ length: n + 1 }, (_, i) => i / n);
  return {
    count,
    ece: (await fractions('ece', typeof error === 'number' ? [error] : error, 1))[0] ?? 0,
    edges: checkAscending(`${fn}: edges`, await fractions('edges', edges, n + 1)),
    confidence: await fractions('confidence', confidence, n),
    accuracy: await fractions('accuracy', accuracy, n),
  };
};

/**
 * How well confidence agrees with accuracy, from the metric `calibration`: for each bin of confidence the accuracy, the
 * mean confidence and the number of rows, with the expected calibration error above. Where the bar is lower than the line,
 * the model is overconfident. Adaptive bins are drawn at their edges.
 *
 * @throws Error for lists of different lengths, numbers outside 0 to 1, or without rows
 * @example
 * const run = predict(model, { likelihood: categorical(), samples: 10 });
 * const { mean } = run(params, random.key(1), testImages);
 * const bins = calibration(mean, testLabels, { bins: 10 });
 * const figure = await plot.reliabilityDiagram(bins);
 */
export const reliabilityDiagram = async (
  calibration: CalibrationNumbers,
  options: FigureOptions = {},
): Promise<Panels> => {
  const { xLabel, yLabel } = knownOptions(fn, options, figureOptionNames);
  const { ece, confidence, accuracy, count, edges } = await readBins(calibration);
  const width = checkSize(`${fn}: width`, options.width, 460, 200);
  const height = checkSize(`${fn}: height`, options.height, 440, 300);
  const lower = Math.max(120, Math.round(height * 0.32));
  const rows = count.flatMap((each, bin) => {
    const place = { from: edges[bin]!, to: edges[bin + 1]! };
    return each > 0 ? [{ ...place, confidence: confidence[bin], accuracy: accuracy[bin], count: each }] : [];
  });
  const total = count.reduce((sum, each) => sum + each, 0);
  const bar = { x1: 'from', x2: 'to', insetLeft: 1, insetRight: 1, y1: 0 } as const;
  const grey = translucent(colors.muted, 0.6);
  const Plot = await loadPlot();
  const above = makeFigure(fn, { width, height: height - lower }, [0, 0], {
    title: `ECE ${ece.toFixed(4)}, ${Math.round(total)} rows`,
    ariaLabel: 'Accuracy and mean confidence by confidence',
    x: axis('', [0, 1]),
    y: upAxis(yLabel ?? 'accuracy', [0, 1]),
    ...seriesScale([
      { name: 'accuracy', color: translucent(colors.first, 0.65), shape: 'area' },
      { name: 'mean confidence', color: colors.second, shape: 'line' },
      { name: 'calibrated', color: colors.muted, shape: 'line', dash: '4 3' },
    ]),
    marks: [
      Plot.rectY(rows, { ...bar, y2: 'accuracy', fill: inSeries('accuracy') }),
      Plot.line([0, 1], {
        x: (at) => at,
        y: (at) => at,
        stroke: inSeries('calibrated'),
        strokeDasharray: '4 3',
      }),
      Plot.link(rows, {
        ...{ x1: 'from', x2: 'to', y1: 'confidence', y2: 'confidence' },
        ...{ stroke: inSeries('mean confidence'), strokeWidth: 2.5 },
      }),
    ],
  });
  const below = makeFigure(fn, { width, height: lower }, [0, 0], {
    ariaLabel: 'Rows by confidence',
    x: axis(xLabel ?? 'confidence (probability of the predicted class)', [0, 1]),
    // Room for the number above the highest bar.
    y: upAxis('rows', [0, 1.2 * Math.max(...count)]),
    marks: [
      Plot.rectY(rows, { ...bar, y2: 'count', fill: grey }),
      countsFit(width, rows)
        ? Plot.text(rows, {
            x: ({ from, to }) => (from + to) / 2,
            ...{ y: 'count', text: ({ count: each }) => String(Math.round(each)), dy: -6, fontSize: 9 },
          })
        : null,
    ],
  });
  const ariaLabel = `Accuracy by confidence in ${count.length} bins; expected calibration error ${ece.toFixed(4)}`;
  return makePanels(options, ariaLabel, [above, below]);
};
