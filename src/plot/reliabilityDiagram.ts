import { invalidArgument, knownOptions } from '../check/index.ts';
import type { Axis } from './axes.ts';
import { element, type Markup } from './element.ts';
import { assembleFigure, checkSize, type Figure } from './figure.ts';
import { bar, segment } from './marks.ts';
import { checkFractions, type Numbers, readList } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { type Area, drawPanel, type Panel } from './panel.ts';
import { textAt, textWidth } from './text.ts';
import { roundOut } from './ticks.ts';

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

/** Options of `reliabilityDiagram`. */
export type ReliabilityDiagramOptions = FigureOptions;

interface Bins {
  readonly ece: number;
  readonly confidence: readonly number[];
  readonly accuracy: readonly number[];
  readonly count: readonly number[];
  readonly edges: readonly number[];
}

const readEdges = async (given: Numbers, length: number): Promise<readonly number[]> => {
  const argument = 'plot.reliabilityDiagram: edges';
  const edges = checkFractions(argument, await readList(argument, given, length));
  return edges.every((edge, i) => i === 0 || edge >= (edges[i - 1] as number))
    ? edges
    : invalidArgument(argument, 'ascending', edges);
};

const readBins = async (given: CalibrationNumbers): Promise<Bins> => {
  if (typeof given !== 'object' || given === null) {
    invalidArgument('plot.reliabilityDiagram: calibration', 'what calibration() returns', given);
  }
  const count = await readList('plot.reliabilityDiagram: count', given.count);
  const list = async (name: 'confidence' | 'accuracy') =>
    checkFractions(
      `plot.reliabilityDiagram: ${name}`,
      await readList(`plot.reliabilityDiagram: ${name}`, given[name], count.length),
    );
  const negative = count.find((rows) => rows < 0);
  if (negative !== undefined) invalidArgument('plot.reliabilityDiagram: count', 'at least 0', negative);
  if (!count.some((rows) => rows > 0))
    invalidArgument('plot.reliabilityDiagram: count', 'above 0 in some bin', count);
  const { ece } = given;
  const error = typeof ece === 'object' && 'rank' in ece && ece.rank === 0 ? await ece.data() : ece;
  const [value = 0] = checkFractions(
    'plot.reliabilityDiagram: ece',
    await readList('plot.reliabilityDiagram: ece', typeof error === 'number' ? [error] : error, 1),
  );
  const edges =
    given.edges === undefined
      ? Array.from({ length: count.length + 1 }, (_, i) => i / count.length)
      : await readEdges(given.edges, count.length + 1);
  return { ece: value, count, edges, confidence: await list('confidence'), accuracy: await list('accuracy') };
};

const share: Axis['domain'] = [0, 1];

/** For each non-empty bin its index, and its edges with a gap to its neighbours. */
const places = ({ count, edges }: Bins, { x }: Area) =>
  count.flatMap((rows, bin) => {
    const [from, to] = [x(edges[bin] as number), x(edges[bin + 1] as number)];
    return rows > 0 ? [{ bin, from: from + 1, width: Math.max(to - from - 2, 0.5) }] : [];
  });

const drawnAccuracy =
  (bins: Bins) =>
  (area: Area): Markup => {
    const { x, y, paint } = area;
    const bars = places(bins, area).map(({ bin, from, width }) =>
      bar(from, width, y(0), y(bins.accuracy[bin] as number), {}),
    );
    const means = places(bins, area).map(({ bin, from, width }) => {
      const height = y(bins.confidence[bin] as number);
      return segment([from, height], [from + width, height], {});
    });
    return [
      element('g', { 'data-part': 'accuracy', ...paint.fill('first'), 'fill-opacity': '0.65' }, ...bars),
      segment([x(0), y(0)], [x(1), y(1)], { ...paint.stroke('muted'), 'stroke-dasharray': '4 3' }),
      element('g', { 'data-part': 'confidence', ...paint.stroke('second'), 'stroke-width': '2.5' }, ...means),
    ].join('');
  };

const COUNT_SIZE = 9;

const drawnCounts =
  (bins: Bins) =>
  (area: Area): Markup => {
    const { y, paint } = area;
    const slots = places(bins, area);
    const bars = slots.map(({ bin, from, width }) =>
      bar(from, width, y(0), y(bins.count[bin] as number), {}),
    );
    const numbers = slots.map(({ bin }) => String(Math.round(bins.count[bin] as number)));
    const fit = numbers.every((text, i) => textWidth(text, COUNT_SIZE) <= (slots[i]?.width ?? 0) + 4);
    const texts = slots.map(({ bin, from, width }, i) =>
      textAt(from + width / 2, y(bins.count[bin] as number) - 3, numbers[i] ?? '', { size: COUNT_SIZE }),
    );
    return [
      element('g', { 'data-part': 'counts', ...paint.fill('muted'), 'fill-opacity': '0.6' }, ...bars),
      fit ? element('g', { ...paint.fill('muted'), 'text-anchor': 'middle' }, ...texts) : '',
    ].join('');
  };

const diagramPanels = (bins: Bins, width: number, height: number): readonly [Panel, Panel] => {
  const rows = bins.count.reduce((sum, each) => sum + each, 0);
  const lower = Math.max(110, Math.round(height * 0.32));
  const shape = { width, leastLeft: 38 };
  return [
    {
      ...shape,
      height: height - lower,
      heading: `ECE ${bins.ece.toFixed(4)}, ${Math.round(rows)} rows`,
      x: { label: '', domain: share },
      y: { label: 'accuracy', domain: share },
      legend: [
        { text: 'accuracy', mark: 'area', role: 'first', attributes: { 'fill-opacity': '0.65' } },
        { text: 'mean confidence', mark: 'line', role: 'second' },
        { text: 'calibrated', mark: 'line', role: 'muted', attributes: { 'stroke-dasharray': '4 3' } },
      ],
      draw: drawnAccuracy(bins),
    },
    {
      ...shape,
      height: lower,
      x: { label: 'confidence (probability of the predicted class)', domain: share },
      // Room for the number above the highest bar.
      y: { label: 'rows', domain: roundOut([0, 1.2 * Math.max(...bins.count)]) },
      draw: drawnCounts(bins),
    },
  ];
};

/**
 * How well confidence agrees with accuracy, from the metric `calibration`: for each bin of confidence the accuracy, the
 * mean confidence and the number of rows, with the expected calibration error above. Where the bar is lower than the line,
 * the model is overconfident. Adaptive bins are drawn at their edges.
 *
 * @throws Error for lists of different lengths, numbers outside 0 to 1, or without rows
 * @example
 * const { mean } = predict(model, { likelihood: categorical(), samples: 10 })(params, random.key(1), testImages);
 * const figure = await plot.reliabilityDiagram(calibration(mean, testLabels, { bins: 10 }));
 */
export const reliabilityDiagram = async (
  calibration: CalibrationNumbers,
  options: ReliabilityDiagramOptions = {},
): Promise<Figure> => {
  knownOptions('plot.reliabilityDiagram', options, figureOptionNames);
  const bins = await readBins(calibration);
  const width = checkSize('plot.reliabilityDiagram: width', options.width, 460, 200);
  const height = checkSize('plot.reliabilityDiagram: height', options.height, 440, 300);
  const [above, below] = diagramPanels(bins, width, height);
  return assembleFigure(
    {
      width,
      height,
      description: `Accuracy by confidence in ${bins.count.length} bins; expected calibration error ${bins.ece.toFixed(4)}`,
      parts: [
        { x: 0, y: 0, draw: (paint) => drawPanel(above, paint) },
        { x: 0, y: above.height, draw: (paint) => drawPanel(below, paint) },
      ],
    },
    options,
  );
};
