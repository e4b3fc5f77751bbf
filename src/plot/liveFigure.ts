import { type Curve, type CurvesOptions, curvesFigure, words } from './curves.ts';
import { extent, type Figure, makePanels, type Panels } from './figure.ts';
import type { Plot } from './peers.ts';
import { lineSeries } from './series.ts';

/** The scores of a validation, and when it was. */
export interface ScoredEpoch {
  readonly step: number;
  readonly epoch: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** The height of the panel of a score. */
const SCORE_HEIGHT = 128;

/** The values of each score that can be drawn. */
const scoreCurves = (validations: readonly ScoredEpoch[]): readonly Curve[] =>
  [...new Set(validations.flatMap(({ scores }) => Object.keys(scores)))].flatMap((name) => {
    const finite = validations.filter(({ scores }) => Number.isFinite(scores[name]));
    const y = finite.map(({ scores }) => scores[name] as number);
    return y.length > 0
      ? [{ name: `validation ${words(name)}`, x: finite.map(({ epoch }) => epoch), y }]
      : [];
  });

/** The epochs that the steps of the curves span, if all have as many steps, so that a score is below its last step. */
const epochsOfSteps = (steps: readonly number[], last: ScoredEpoch | undefined): readonly number[] =>
  last === undefined ? [] : steps.map((step) => (step * last.epoch) / last.step);

/**
 * Curves over the steps of training, and below them a panel for each score of the validations, over epochs. The height of
 * the options is that of the curves.
 */
export const liveFigure = (
  Plot: Plot,
  fn: string,
  losses: readonly Curve[],
  validations: readonly ScoredEpoch[],
  { title = '', ...options }: CurvesOptions,
): Panels => {
  const scores = scoreCurves(validations);
  const epochs = extent(epochsOfSteps(losses[0]?.x ?? [], validations.at(-1)), ...scores.map(({ x }) => x));
  const series = lineSeries([...losses, ...scores].map(({ name }) => name)).slice(losses.length);
  const panels = [
    ...(losses.length === 0 ? [] : [curvesFigure(Plot, fn, losses, { xLabel: 'step', ...options })]),
    ...scores.map((score, index): Figure => {
      const isLast = index === scores.length - 1;
      const height = SCORE_HEIGHT + (isLast ? 16 : 0);
      const labels = { xLabel: isLast ? 'epoch' : '', yLabel: '' };
      const own = { ...options, ...labels, height, yScale: 'linear' } as const;
      return curvesFigure(Plot, fn, [score], own, series.slice(index, index + 1), epochs);
    }),
  ];
  const ariaLabel = panels.map((panel) => panel.ariaLabel).join('; ');
  return makePanels({ title, ...options }, ariaLabel, panels);
};
