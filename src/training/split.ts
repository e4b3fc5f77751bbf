import * as tf from '@tensorflow/tfjs-core';
import { describe, invalidArgument } from '../check/index.ts';
import type { Key } from '../random/index.ts';
import { checkKey } from '../random/key.ts';
import { permutationIndices } from '../random/permutation.ts';
import { entries, map, tidied } from '../tree/index.ts';
import { pathName } from '../tree/tree.ts';

/** The size of each part by name: fractions that sum to 1, or counts that sum to the number of rows. */
export type Shares<N extends string = string> = { readonly [K in N]: number };

/** The number of rows of data, and its rows at some indices. */
export interface PickableRows<D> {
  readonly rows: number;
  readonly pick: (indices: Int32Array) => D;
}

/**
 * The rows of data, for the function `fn`: a tree of tensors with rows on the first axis, or a list.
 *
 * @throws Error naming `fn` for data without rows or with different numbers of rows
 * @example
 * pickableRows('split', { x: tf.ones([5, 2]) }).rows; // 5
 */
export const pickableRows = <D>(fn: string, data: D): PickableRows<D> => {
  const [first, ...others] = entries(data).map(({ path, tensor }) => ({
    name: pathName([`${fn}: data`, ...path]),
    tensor,
  }));
  if (first === undefined) {
    if (!Array.isArray(data) || data.length === 0)
      return invalidArgument(`${fn}: data`, 'a tree of tensors, or a list of rows', data);
    const rows: readonly unknown[] = data;
    return { rows: rows.length, pick: (indices) => Array.from(indices, (index) => rows[index]) as D };
  }
  const rows = first.tensor.shape[0] ?? 0;
  if (rows === 0) invalidArgument(first.name, 'a tensor with at least one row', first.tensor);
  for (const { name, tensor } of others) {
    if (tensor.shape[0] !== rows) invalidArgument(name, `a tensor of ${rows} rows like the others`, tensor);
  }
  const pick = (indices: Int32Array) =>
    tidied(() => {
      const at = tf.tensor1d(indices, 'int32');
      return map((x) => tf.gather(x, at))(data) as D;
    });
  return { rows, pick };
};

/** Counts in proportion to fractions: rounded down, and the rows that are left given to the largest remainders. */
const apportioned = (fractions: readonly number[], rows: number): readonly number[] => {
  const counts = fractions.map((fraction) => Math.floor(fraction * rows + 1e-9));
  const left = rows - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = fractions
    .map((fraction, part) => ({ part, remainder: fraction * rows - counts[part]! }))
    .sort((a, b) => b.remainder - a.remainder)
    .slice(0, left);
  const more = new Set(byRemainder.map(({ part }) => part));
  return counts.map((count, part) => count + (more.has(part) ? 1 : 0));
};

const partSizes = (shares: Shares, rows: number): readonly number[] => {
  if (
    typeof shares !== 'object' ||
    shares === null ||
    Array.isArray(shares) ||
    Object.keys(shares).length === 0
  )
    invalidArgument('split: shares', 'a record of fractions, such as { train: 0.8, test: 0.2 }', shares);
  for (const [name, share] of Object.entries(shares)) {
    if (!(typeof share === 'number' && Number.isFinite(share) && share > 0))
      invalidArgument(`split: ${name}`, 'a fraction above 0 or a positive count of rows', share);
  }
  const values = Object.values(shares);
  const sum = values.reduce((a, b) => a + b, 0);
  const areCounts = values.every(Number.isInteger) && sum === rows;
  if (!areCounts && Math.abs(sum - 1) > 1e-9)
    throw new Error(
      `split: shares must be fractions that sum to 1, or counts that sum to the ${rows} rows, got a sum of ${describe(sum)}`,
    );
  const counts = areCounts ? values : apportioned(values, rows);
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw new Error(
      `split: ${Object.keys(shares)[empty]} must have at least one row, got none of ${rows} for a share of ${values[empty]}`,
    );
  return counts;
};

/**
 * Splits data at random into parts with names, such as for training, validation and test. Every row is in one part. Data is
 * a tree of tensors with rows on the first axis, of which each part has new tensors that the caller owns, or a list of rows
 * that are not tensors. Fractions are rounded to counts that differ from them by less than one row.
 *
 * @param shares fractions that sum to 1 (up to 1e-9), or counts that sum to the number of rows
 * @throws Error for data without rows or with different numbers of rows, shares with another sum, and a part without rows
 * @example
 * const data = { inputs: images, targets: labels };
 * const { train, test } = split(data, { train: 0.8, test: 0.2 }, random.key(0));
 * console.log(train.inputs.shape, test.targets.shape); // [160, 784] [40]
 */
export const split = <D, N extends string>(
  data: D,
  shares: Shares<N>,
  key: Key,
): { readonly [K in N]: D } => {
  checkKey('split: key', key);
  const { rows, pick } = pickableRows('split', data);
  const counts = partSizes(shares, rows);
  const order = permutationIndices(key, rows);
  const ends = counts.map((_, part) => counts.slice(0, part + 1).reduce((a, b) => a + b, 0));
  const parts = Object.keys(shares).map(
    (name, part) => [name, pick(order.slice(ends[part]! - counts[part]!, ends[part]))] as const,
  );
  return Object.fromEntries(parts) as { readonly [K in N]: D };
};
