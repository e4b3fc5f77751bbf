import type { Tensor2D } from '@tensorflow/tfjs-core';
import { invalidArgument } from '../../check/index.ts';
import { takeValues } from '../rows.ts';

/** Rounding of a level such as 0.9 must not take one row more. */
const ROUNDING = 1e-9;

/**
 * The level, a probability.
 *
 * @throws Error naming `fn` otherwise
 */
export const checkLevel = (fn: string, level: unknown): number =>
  typeof level === 'number' && level > 0 && level < 1
    ? level
    : invalidArgument(`${fn}: level`, 'above 0 and below 1', level);

/** How many of the calibration rows a threshold must reach: `ceil((rows + 1) level)`, of `rows` at most. */
const neededRows = (argument: string, rows: number, level: number): number => {
  const needed = Math.ceil((rows + 1) * level - ROUNDING);
  const fewest = Math.ceil(level / (1 - level) - ROUNDING);
  return needed <= rows
    ? Math.max(needed, 1)
    : invalidArgument(argument, `at least ${fewest} rows for a level of ${level}`, rows);
};

/**
 * Of each column of scores `[rows, columns]` the threshold that a new row stays below with a probability of `level`, by
 * the rows' exchangeability. Disposes the scores.
 */
export const thresholds = async (fn: string, level: number, scores: Tensor2D): Promise<readonly number[]> => {
  const [rows, columns] = scores.shape;
  const [values = new Float32Array()] = await takeValues([scores]);
  const bad = values.findIndex((value: number) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / columns);
    invalidArgument(`${fn}: the score of row ${row}`, 'a finite number', values[bad]);
  }
  const needed = neededRows(`${fn}: targets`, rows, level);
  return Array.from({ length: columns }, (_, column) => {
    const own = Float32Array.from({ length: rows }, (_, row) => values[row * columns + column] as number);
    return own.sort()[needed - 1] as number;
  });
};
