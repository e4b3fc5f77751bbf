// All figures of the page, from the journal alone: the only file that draws.
import { plot } from 'tfjs-bayesian';
import type { Row } from '../journal.ts';
import type { RegressionScores } from '../regression/jobs.ts';
import { type MethodName, methods } from '../regression/methods.ts';
import { imageRows, imageScores, SCALED, select } from './summary.ts';
import { pictureMethods, pictureTitle } from './tables.ts';

/** A figure with its name, and what it shows in words. */
export interface Drawn {
  readonly name: string;
  readonly alt: string;
  readonly figure: plot.Drawable;
}

/** Middles of the bins that targets fell into: their probability integral transforms, up to a fortieth. */
const transforms = (rows: readonly Row<RegressionScores>[]): readonly number[] =>
  rows.flatMap(({ values: { pit } }) =>
    pit.flatMap((count, bin) => Array.from({ length: count }, () => (bin + 0.5) / pit.length)),
  );

/** Levels that are made of whole bins. */
const levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const covered = (values: readonly number[]) => ({
  levels,
  coverage: levels.map(
    (level) => values.filter((value) => Math.abs(value - 0.5) < level / 2).length / values.length,
  ),
  rows: values.length,
});

const coverage = async (rows: readonly Row[]): Promise<readonly Drawn[]> => {
  const shown: readonly MethodName[] = ['plain', 'mean-field-adam', 'ten-mean-fields', 'deep-ensemble'];
  const figures = await Promise.all(
    shown.flatMap((method) => {
      const values = transforms(select(rows, 'regression', { method }));
      return values.length === 0
        ? []
        : [plot.intervalCoverage(covered(values), { title: methods[method].title, width: 300, height: 300 })];
    }),
  );
  return figures.length === 0
    ? []
    : [
        {
          name: 'coverage',
          alt: 'How many test targets of all tables prediction intervals hold, against how many they should hold',
          figure: plot.sideBySide(figures),
        },
      ];
};

/** The data set for figures of one: the harder one, if it has rows. */
const pictures = (rows: readonly Row[]): string =>
  select(rows, 'images', { dataset: 'fashion' }).length > 0 ? 'fashion' : 'mnist';

const reliability = async (rows: readonly Row[]): Promise<readonly Drawn[]> => {
  const dataset = pictures(rows);
  const figures = await Promise.all(
    ['plain', SCALED, 'mean-field-ivon'].flatMap((method) => {
      const [first] = imageScores(rows, dataset, method);
      return first === undefined
        ? []
        : [
            plot.reliabilityDiagram(
              { ece: first.ece, ...first.reliability },
              { title: pictureTitle(method), width: 360 },
            ),
          ];
    }),
  );
  return figures.length === 0
    ? []
    : [
        {
          name: 'reliability',
          alt: `Accuracy against confidence on ${dataset}`,
          figure: plot.sideBySide(figures),
        },
      ];
};

const risk = async (rows: readonly Row[]): Promise<readonly Drawn[]> => {
  const dataset = pictures(rows);
  const curves = pictureMethods
    .filter((method) => method !== SCALED)
    .flatMap((method) => {
      const [first] = imageScores(rows, dataset, method);
      if (first === undefined) return [];
      const coverage = first.risk.map((_, at) => (at + 1) / first.risk.length);
      return [[pictureTitle(method), { coverage, risk: first.risk, aurc: first.aurc }] as const];
    });
  return curves.length === 0
    ? []
    : [
        {
          name: 'risk-coverage',
          alt: `The error of the images that are kept, by how many of ${dataset} are kept`,
          figure: await plot.riskCoverage(Object.fromEntries(curves)),
        },
      ];
};

const rotation = async (rows: readonly Row[]): Promise<readonly Drawn[]> => {
  const curves = pictureMethods.flatMap((method) => {
    const [first] = method === SCALED ? [] : imageRows(rows, 'mnist', method);
    return first === undefined ? [] : [[pictureTitle(method), first.values.turning.total] as const];
  });
  return curves.length === 0
    ? []
    : [
        {
          name: 'rotation',
          alt: 'The mean entropy of predictions for digits that are turned further and further',
          figure: await plot.trainingCurves(Object.fromEntries(curves), {
            x: Array.from({ length: Math.max(...curves.map(([, { length }]) => length)) }, (_, i) => 30 * i),
            xLabel: 'angle, degrees',
            yLabel: 'mean entropy, nats',
          }),
        },
      ];
};

/** The figures that the journal has rows for. */
export const drawFigures = async (rows: readonly Row[]): Promise<readonly Drawn[]> => {
  const drawn: (readonly Drawn[])[] = [];
  for (const draw of [coverage, reliability, risk, rotation]) drawn.push(await draw(rows));
  return drawn.flat();
};
