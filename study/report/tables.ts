import * as images from '../images/methods.ts';
import type { Row } from '../journal.ts';
import type { RegressionScores } from '../regression/jobs.ts';
import * as regression from '../regression/methods.ts';
import { type Published, publishedImages, publishedNll, publishedRmse } from './published.ts';
import {
  costs,
  imageRows,
  imageScores,
  regressionRows,
  SCALED,
  type Summary,
  select,
  summarize,
} from './summary.ts';

/** A table in Markdown. */
export const markdown = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** A mean with its standard error, and how many it is of unless it is of all. */
const cell = (summary: Summary | undefined, digits: number, all = 1): string => {
  if (summary === undefined) return '';
  const { mean, error, count } = summary;
  const spread = error === undefined ? '' : ` ±\u00a0${error.toFixed(digits)}`;
  return `${mean.toFixed(digits)}${spread}${count < all ? ` (${count} of ${all})` : ''}`;
};

/** The name of a published line: a link to its source. */
const linked = ({ title, source }: Published): string => `[*${title}*](${source})`;

const names = Object.keys(regression.methods) as readonly regression.MethodName[];

/** A quantity of the regression: a line for each method, a column for each table. */
const regressionTable = (
  rows: readonly Row[],
  datasets: readonly string[],
  splits: number,
  quantity: (scores: RegressionScores) => number,
  digits: number,
  published: readonly Published[] = [],
): string =>
  markdown(
    ['', ...datasets],
    [
      ...published.map((line) => [linked(line), ...line.values.map((value) => value?.toFixed(2) ?? '')]),
      ...names.map((method) => [
        regression.methods[method].title,
        ...datasets.map((dataset) =>
          cell(
            summarize(regressionRows(rows, dataset, method).map(({ values }) => quantity(values))),
            digits,
            splits,
          ),
        ),
      ]),
    ],
  );

/** The tables of the regression, by what they show. */
export const regressionTables = (rows: readonly Row[], datasets: readonly string[], splits: number) => {
  // Published figures are of the five tables alone.
  const known = (lines: readonly Published[]) => (datasets.length > 1 ? lines : []);
  const table = (
    quantity: (scores: RegressionScores) => number,
    digits: number,
    published: readonly Published[] = [],
  ) => regressionTable(rows, datasets, splits, quantity, digits, known(published));
  return {
    nll: table(({ nll }) => nll, 3, publishedNll),
    rmse: table(({ rmse }) => rmse, 3, publishedRmse),
    coverage: table(({ coverage }) => 100 * coverage, 1),
    crps: table(({ crps }) => crps, 3),
  };
};

/** Whether our log scores reach the best published ones within a standard error, and those of mean-field VI. */
export const goals = (rows: readonly Row[], datasets: readonly string[]): string =>
  markdown(
    [
      ...['', 'best published', 'mean-field VI, published', 'best here', 'by'],
      ...['within one standard error of the best', 'better than mean-field VI'],
    ],
    datasets.map((dataset, column) => {
      const known = publishedNll.map(({ values }) => values[column]!);
      const [best, meanField] = [Math.min(...known), known[0]!];
      const found = names.flatMap((method) => {
        const summary = summarize(regressionRows(rows, dataset, method).map(({ values }) => values.nll));
        return summary === undefined ? [] : [{ method, summary }];
      });
      if (found.length === 0) return [dataset, best.toFixed(2), meanField.toFixed(2), '', '', '', ''];
      const first = found.reduce((a, b) => (b.summary.mean < a.summary.mean ? b : a));
      const { mean, error = 0 } = first.summary;
      const yes = (condition: boolean): string => (condition ? 'yes' : 'no');
      return [
        ...[dataset, best.toFixed(2), meanField.toFixed(2), cell(first.summary, 3)],
        ...[regression.methods[first.method].title, yes(mean - error <= best), yes(mean < meanField)],
      ];
    }),
  );

/** What was chosen on the rows held back: how often, for each table and family. */
export const choices = (rows: readonly Row[], datasets: readonly string[]): string => {
  const families = ['point', 'mean-field'] as const;
  const lines = datasets.flatMap((dataset) =>
    families.map((family) => {
      const chosen = select<{ readonly settings: regression.Settings }>(rows, 'settings', {
        dataset,
        method: family,
      }).map(({ values }) => values.settings);
      const count = (isMeant: (settings: regression.Settings) => boolean): string =>
        chosen.length === 0 ? '' : String(chosen.filter(isMeant).length);
      return [
        ...[`${dataset}, ${family === 'point' ? 'ordinary weights' : 'mean field'}`, String(chosen.length)],
        ...[1, 0.3, 0.1].map((each) => count(({ temperature }) => temperature === each)),
        count(({ noise }) => noise.head === 'predicted'),
        count(({ noise }) => noise.factor > 1),
        count(({ stop }) => stop < 1),
      ];
    }),
  );
  return markdown(
    [
      ...['', 'searches', 'temperature 1', '0.3', '0.1'],
      ...['noise predicted', 'noise raised', 'stopped early'],
    ],
    lines,
  );
};

const pictureTitles: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(images.methods).map(([name, { title }]) => [name, title])),
  [SCALED]: 'one network, temperature scaled',
};

export const pictureMethods: readonly string[] = ['plain', SCALED, ...Object.keys(images.methods).slice(1)];

export const pictureTitle = (method: string): string => pictureTitles[method] ?? method;

/** Scores on a data set of images, a line for each method. */
export const imageTable = (rows: readonly Row[], dataset: string): string => {
  const published = publishedImages[dataset] ?? [];
  const lines = pictureMethods.map((method) => {
    const scores = imageScores(rows, dataset, method);
    const [first] = imageRows(rows, dataset, method === SCALED ? 'plain' : method);
    const column = (quantity: (each: (typeof scores)[number]) => number, digits: number) =>
      cell(summarize(scores.map(quantity)), digits);
    return [
      pictureTitle(method),
      scores.length === 0 ? '' : String(scores.length),
      first === undefined ? '' : String(first.epochs),
      column(({ accuracy }) => 100 * accuracy, 2),
      column(({ nll }) => nll, 4),
      column(({ ece }) => ece, 4),
      column(({ auroc }) => auroc, 3),
      column(({ fpr95 }) => fpr95, 3),
      column(({ aurc }) => aurc, 4),
    ];
  });
  return markdown(
    ['', 'seeds', 'epochs', 'accuracy, %', 'NLL', 'ECE', 'AUROC', 'FPR95', 'AURC'],
    [
      ...published.map((line) => {
        const [accuracy, nll, ece, auroc] = line.values;
        return [
          ...[linked(line), '', '', accuracy?.toFixed(1) ?? '', nll?.toFixed(3) ?? ''],
          ...[ece?.toFixed(3) ?? '', auroc?.toFixed(2) ?? '', '', ''],
        ];
      }),
      ...lines,
    ],
  );
};

const median = (values: readonly number[]): number | undefined => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
};

/** What a row costs, as multiples of the plain network's. */
const costLine = (
  title: string,
  rows: readonly Row[],
  plain: readonly Row[],
  memory: number | undefined,
  plainMemory: number | undefined,
): readonly string[] => {
  const [seconds, base] = [median(costs(rows)), median(costs(plain))];
  const times = (value: number | undefined, of: number | undefined): string =>
    value === undefined || of === undefined ? '' : (value / of).toFixed(1);
  return [
    title,
    seconds?.toFixed(1) ?? '',
    times(seconds, base),
    memory?.toFixed(1) ?? '',
    times(memory, plainMemory),
  ];
};

/** Seconds of the processor and peak memory of each method of a network. */
export const costTable = (
  rows: readonly Row[],
  network: string,
  experiment: 'regression' | 'images',
): string => {
  const titles: readonly (readonly [string, string])[] =
    experiment === 'regression'
      ? names.map((name) => [name, regression.methods[name].title])
      : Object.entries(images.methods).map(([name, { title }]) => [name, title]);
  const peak = (method: string): number | undefined =>
    select<{ readonly peakMiB: number }>(rows, 'memory', { network, method })[0]?.values.peakMiB;
  const of = (method: string) => select(rows, experiment, { network, method });
  return markdown(
    ['', 'seconds a row', 'times one network', 'peak memory, MiB', 'times one network'],
    titles.map(([name, title]) => costLine(title, of(name), of('plain'), peak(name), peak('plain'))),
  );
};
