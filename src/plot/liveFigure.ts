import { sizes } from './axes.ts';
import { type Curves, type CurvesOptions, curvesPanel, describeCurves, drawCurves } from './curvesFigure.ts';
import { assembleFigure, type Figure } from './figure.ts';
import { extent } from './interval.ts';
import { drawPanel, type Panel } from './panel.ts';
import { roundOut } from './ticks.ts';
import { words } from './words.ts';

/** The scores of a validation, and when it was. */
export interface ScoredEpoch {
  readonly step: number;
  readonly epoch: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** The values of one score over epochs. */
interface Score {
  readonly name: string;
  readonly epochs: readonly number[];
  readonly values: readonly number[];
}

/** Room for the numbers of the vertical axes. */
const LEFT = 38;

/** A panel whose data begin where those of the others do, with a label at its vertical axis or without. */
const aligned = (panel: Panel): Panel => ({
  ...panel,
  leastLeft: panel.y.label === '' ? LEFT + sizes.label + 4 : LEFT,
});

/** The height of the panel of a score, and of the label below the last one. */
const [SCORE_HEIGHT, LABEL_HEIGHT] = [128, 18] as const;

/** The values of each score that can be drawn. */
const scoresByName = (validations: readonly ScoredEpoch[]): readonly Score[] =>
  [...new Set(validations.flatMap(({ scores }) => Object.keys(scores)))].flatMap((name) => {
    const finite = validations.filter(({ scores }) => Number.isFinite(scores[name]));
    const [epochs, values] = [finite.map(({ epoch }) => epoch), finite.map(({ scores }) => scores[name]!)];
    return values.length > 0 ? [{ name, epochs, values }] : [];
  });

/** The epochs that the steps of the curves span, if all have as many steps, so that a score is below its last step. */
const epochsOfSteps = (steps: readonly number[], { step, epoch }: ScoredEpoch): readonly number[] =>
  steps.length === 0 ? [] : [steps[0]!, steps.at(-1)!].map((each) => (each * epoch) / step);

/**
 * Curves over the steps of training, and below them a panel for each score of the validations, over epochs. The height of
 * the options is that of the curves.
 */
export const liveFigure = (
  argument: string,
  content: Curves,
  validations: readonly ScoredEpoch[],
  options: CurvesOptions,
): Figure => {
  const losses = curvesPanel(argument, content, options);
  const scores = scoresByName(validations);
  const last = validations.at(-1);
  const domain = extent(
    ...scores.map(({ epochs }) => epochs),
    last === undefined ? [] : epochsOfSteps(content.steps, last),
  );
  const scorePanels = scores.map(({ name, epochs, values }, index): Panel => {
    const isLast = index === scores.length - 1;
    return {
      width: losses.width,
      height: SCORE_HEIGHT + (isLast ? LABEL_HEIGHT : 0),
      heading: `validation ${words(name)}`,
      x: { label: isLast ? 'epoch' : '', domain },
      y: { label: '', domain: roundOut(extent(values)) },
      draw: drawCurves({ steps: epochs, curves: [{ name, values }] }, content.curves.length + index),
    };
  });
  const all = [...(content.curves.length > 0 ? [losses] : []), ...scorePanels].map(aligned);
  const described = [
    ...(content.curves.length > 0 ? [describeCurves(content, options.xLabel ?? 'step')] : []),
    ...scores.map(({ name, values }) => `validation ${words(name)} after ${values.length} epochs`),
  ];
  return assembleFigure(
    {
      width: losses.width,
      height: all.reduce((sum, { height }) => sum + height, 0),
      description: described.join('; '),
      parts: all.map((panel, index) => ({
        x: 0,
        y: all.slice(0, index).reduce((sum, { height }) => sum + height, 0),
        draw: (paint) => drawPanel(panel, paint),
      })),
    },
    options,
  );
};
