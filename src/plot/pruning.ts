import { invalidArgument, knownOptions } from '../check/index.ts';
import { type Curve, curveMarks } from './curves.ts';
import {
  axis,
  extent,
  type Figure,
  type FigureOptions,
  figureOptionNames,
  type Interval,
  makeFigure,
  makePanels,
  type Panels,
  upAxis,
} from './figure.ts';
import { checkFractions } from './numbers.ts';
import { loadPlot, type Plot } from './peers.ts';
import { inSeries, lineSeries, type Series, seriesScale } from './series.ts';
import { colors } from './theme.ts';

/** The report of `prune`, or the same as plain numbers. */
export interface PruningNumbers {
  /** The share of all weights that is kept. */
  readonly share: number;
  /** The share of each variable that is kept, by name. */
  readonly variables: readonly { readonly name: string; readonly share: number }[];
  /** The score before and after. */
  readonly score?: { readonly before: number; readonly after: number };
}

const fn = 'plot.pruning';

/** The reports, the one that keeps most first. */
const checkReports = (given: unknown): readonly PruningNumbers[] => {
  const reports: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isReport = (each: unknown): each is PruningNumbers =>
    typeof each === 'object' && each !== null && 'variables' in each && Array.isArray(each.variables);
  const odd = reports.find((each) => !isReport(each));
  if (reports.length === 0 || odd !== undefined)
    invalidArgument(`${fn}: reports`, 'one or several reports of prune', reports.length === 0 ? given : odd);
  const all = reports as readonly PruningNumbers[];
  const names = (report: PruningNumbers): string => report.variables.map(({ name }) => name).join();
  for (const report of all) {
    checkFractions(`${fn}: share of a report`, [report.share, ...report.variables.map(({ share }) => share)]);
    if (names(report) !== names(all[0] as PruningNumbers))
      invalidArgument(`${fn}: variables of a report`, 'those of the first', names(report));
    for (const value of Object.values(report.score ?? {}))
      if (!Number.isFinite(value)) invalidArgument(`${fn}: score of a report`, 'finite numbers', value);
  }
  const scored = all.filter(({ score }) => score !== undefined).length;
  if (scored > 0 && scored < all.length)
    invalidArgument(`${fn}: reports`, 'all with a score, or all without', `${scored} of ${all.length}`);
  return [...all].sort((a, b) => b.share - a.share);
};

const panel = (
  Plot: Plot,
  curves: readonly Curve[],
  [xLabel, yLabel, domain]: readonly [x: string, y: string, domain: Interval],
  options: FigureOptions,
  before?: number,
): Figure => {
  const line: Series = { name: 'before', color: colors.second, shape: 'line', dash: '4 3' };
  const series = lineSeries(curves.map(({ name }) => name));
  return makeFigure(fn, options, [560, 240], {
    ariaLabel: `${yLabel} against the share of weights that is pruned`,
    x: axis(xLabel, [0, 1]),
    y: upAxis(yLabel, domain),
    ...seriesScale(before === undefined ? series : [...series, line]),
    marks: [
      before === undefined
        ? null
        : Plot.ruleY([before], { stroke: inSeries(line.name), strokeDasharray: '4 3', strokeWidth: 1.5 }),
      ...curveMarks(Plot, curves, series),
      ...curves.map(({ name, x, y }) => Plot.dot(x, { x: [...x], y: [...y], r: 3, fill: inSeries(name) })),
    ],
  });
};

/**
 * Pruning at one or several signal-to-noise ratios, from the reports of `prune`: the score after against the share of
 * weights that is pruned, with the score before as a dashed line, if the reports have scores; and below it the share of each
 * variable that is kept.
 *
 * @throws Error without reports, for reports of different variables or only some with a score, and for shares outside 0 to 1
 * and scores that are not finite
 * @example
 * const reports = [];
 * for (const signalToNoise of [0, 0.25, 0.5, 1, 2])
 *   reports.push((await prune(model, params, { signalToNoise })).report);
 * const figure = await plot.pruning(reports);
 */
export const pruning = async (
  reports: PruningNumbers | readonly PruningNumbers[],
  options: FigureOptions = {},
): Promise<Panels> => {
  const {
    xLabel = 'share of all weights that is pruned',
    yLabel = 'score',
    title: _,
    ...size
  } = knownOptions(fn, options, figureOptionNames);
  const all = checkReports(reports);
  const x = all.map(({ share }) => 1 - share);
  const before = all[0]?.score?.before;
  const after = all.map(({ score }) => score?.after ?? 0);
  const kept = (all[0]?.variables ?? []).map(({ name }, i) => ({
    ...{ name, x },
    y: all.map(({ variables }) => variables[i]?.share ?? 0),
  }));
  const Plot = await loadPlot();
  const scores =
    before === undefined
      ? []
      : [panel(Plot, [{ name: 'pruned', x, y: after }], ['', yLabel, extent(after, [before])], size, before)];
  const shares = panel(Plot, kept, [xLabel, 'share kept', [0, 1]], size);
  const seen = `${before === undefined ? 'Share' : 'Score, and share'} of each variable that is kept`;
  const ariaLabel = `${seen}, against the share of weights that is pruned`;
  return makePanels(options, ariaLabel, [...scores, shares]);
};
