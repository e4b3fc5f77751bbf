import { invalidArgument, knownOptions, type OptionNames } from '../check/index.ts';
import { assembleFigure, checkSize, type Figure } from './figure.ts';
import { extent } from './interval.ts';
import { type LegendEntry, lineEntries } from './legend.ts';
import { curve, dots, segment } from './marks.ts';
import { checkFractions } from './numbers.ts';
import { type FigureOptions, figureOptionNames } from './options.ts';
import { type Area, drawPanel, type Panel } from './panel.ts';
import { seriesAt } from './theme.ts';
import { roundOut } from './ticks.ts';

/** The report of `prune`, or the same as plain numbers. */
export interface PruningNumbers {
  /** The share of all weights that is kept. */
  readonly share: number;
  /** The share of each variable that is kept, by name. */
  readonly variables: readonly { readonly name: string; readonly share: number }[];
  /** The score before and after. */
  readonly score?: { readonly before: number; readonly after: number };
}

/** Options of `pruning`; `height` is that of each panel, default 240. */
export interface PruningOptions extends FigureOptions {
  /** The label of the score, with its unit; default `'score'`. */
  readonly yLabel?: string;
}

const optionNames: OptionNames<PruningOptions> = { ...figureOptionNames, yLabel: true };

const fn = 'plot.pruning';

/** The panels align. */
const LEFT = 36;

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

/** A line with a dot for each report. */
const line = (
  { x, y, paint }: Area,
  reports: readonly PruningNumbers[],
  index: number,
  value: (report: PruningNumbers) => number,
): string => {
  const { role, dash } = seriesAt(index);
  const points = reports.map((report) => [x(1 - report.share), y(value(report))] as const);
  const through = curve(points, { ...paint.stroke(role), 'stroke-width': '1.75', ...dash });
  return (points.length > 1 ? through : '') + dots(points, 3, paint.stroke(role));
};

/** The scores before and after, against the share of pruned weights. */
const scorePanel = (reports: readonly PruningNumbers[], label: string): Omit<Panel, 'width' | 'height'> => {
  const after = reports.map(({ score }) => score?.after as number);
  const before = reports[0]?.score?.before as number;
  const dashed = { 'stroke-dasharray': '4 3' } as const;
  return {
    x: { label: '', domain: [0, 1] },
    y: { label, domain: roundOut(extent([...after, before])) },
    legend: [
      ...lineEntries(['pruned']),
      { text: 'before', mark: 'line', role: 'second', attributes: dashed } satisfies LegendEntry,
    ],
    draw: (area) => {
      const { box, paint } = area;
      const height = area.y(before);
      return (
        segment([box.left, height], [box.left + box.width, height], {
          ...paint.stroke('second'),
          ...dashed,
          'stroke-width': '1.5',
        }) + line(area, reports, 0, ({ score }) => score?.after as number)
      );
    },
  };
};

/** The share of each variable that is kept, against the share of all weights that is pruned. */
const variablesPanel = (reports: readonly PruningNumbers[]): Omit<Panel, 'width' | 'height'> => {
  const variables = reports[0]?.variables ?? [];
  return {
    x: { label: 'share of all weights that is pruned', domain: [0, 1] },
    y: { label: 'share kept', domain: [0, 1] },
    legend: lineEntries(variables.map(({ name }) => name)),
    draw: (area) =>
      variables.map((_, i) => line(area, reports, i, (report) => report.variables[i]?.share ?? 0)).join(''),
  };
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
  options: PruningOptions = {},
): Promise<Figure> => {
  const { yLabel = 'score' } = knownOptions(fn, options, optionNames);
  const all = checkReports(reports);
  const width = checkSize(`${fn}: width`, options.width, 560, 160);
  const height = checkSize(`${fn}: height`, options.height, 240, 120);
  const hasScore = all[0]?.score !== undefined;
  const panels = [...(hasScore ? [scorePanel(all, yLabel)] : []), variablesPanel(all)];
  return assembleFigure(
    {
      width,
      height: height * panels.length,
      description: `${hasScore ? 'Score, and share' : 'Share'} of each variable that is kept, against the share of weights that is pruned`,
      parts: panels.map((panel, row) => ({
        x: 0,
        y: row * height,
        draw: (paint) => drawPanel({ ...panel, width, height, leastLeft: LEFT }, paint),
      })),
    },
    options,
  );
};
