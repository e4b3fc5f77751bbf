import type { ImageScores, ImageValues } from '../images/jobs.ts';
import type { Row } from '../journal.ts';
import type { RegressionScores } from '../regression/jobs.ts';

/** Some numbers: how many, their mean, and the standard error of the mean if there are two at least. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly error: number | undefined;
}

/** The mean of some numbers with its standard error; undefined for none. */
export const summarize = (values: readonly number[]): Summary | undefined => {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { count, mean, error: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, error: Math.sqrt(squares / (count - 1) / count) };
};

/** The rows of an experiment for a data set and a method. */
export const select = <V>(
  rows: readonly Row[],
  experiment: string,
  wanted: { readonly dataset?: string; readonly method?: string; readonly network?: string },
): readonly Row<V>[] =>
  (rows as readonly Row<V>[]).filter(
    (row) =>
      row.experiment === experiment &&
      (wanted.dataset === undefined || row.dataset === wanted.dataset) &&
      (wanted.method === undefined || row.method === wanted.method) &&
      (wanted.network === undefined || row.network === wanted.network),
  );

export const regressionRows = (rows: readonly Row[], dataset: string, method: string) =>
  select<RegressionScores>(rows, 'regression', { dataset, method });

export const imageRows = (rows: readonly Row[], dataset: string, method: string) =>
  select<ImageValues>(rows, 'images', { dataset, method });

/** A method and its scores: the plain network's after temperature scaling are a method of their own. */
export const SCALED = 'temperature-scaled';

export const imageScores = (rows: readonly Row[], dataset: string, method: string): readonly ImageScores[] =>
  method === SCALED
    ? imageRows(rows, dataset, 'plain').flatMap(({ values }) => values.scaled ?? [])
    : imageRows(rows, dataset, method).map(({ values }) => values);

/** The seconds of a row: of the processor, where only this row ran. */
export const costs = (rows: readonly Row[]): readonly number[] =>
  rows.filter(({ workers }) => workers === 1).map(({ cpuSeconds }) => cpuSeconds);
