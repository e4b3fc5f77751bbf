import { expect } from 'vitest';
import { entries } from '../../../src/tree/index.ts';
import { valuesOfEach } from '../../support/numbers.ts';

/** The values of every tensor of a tree by path, beside their shapes. */
export const read = (tree: unknown): Readonly<Record<string, readonly (number | string)[]>> => {
  const all = entries(tree);
  const numbers = valuesOfEach(all.map(({ tensor }) => tensor));
  return Object.fromEntries(
    all.map(({ path, tensor }, at) => [
      `${path.join('.')} ${tensor.dtype} [${tensor.shape.join(', ')}]`,
      numbers[at]!,
    ]),
  );
};

/** Equal structure, shapes, dtypes and bits. */
export const expectSame = (actual: unknown, expected: unknown): void => {
  expect(read(actual)).toEqual(read(expected));
};

/** Equal structure and shapes, values within `tolerance` of the largest value of each tensor. */
export const expectClose = (actual: unknown, expected: unknown, tolerance = 1e-5): void => {
  const [a, e] = [read(actual), read(expected)];
  expect(Object.keys(a)).toEqual(Object.keys(e));
  for (const [name, values] of Object.entries(e)) {
    const scale = Math.max(1, ...values.map((value) => Math.abs(Number(value))));
    const gap = Math.max(0, ...values.map((value, at) => Math.abs(Number(value) - Number(a[name]![at]))));
    expect(gap / scale, `${name}: ${a[name]} against ${values}`).toBeLessThanOrEqual(tolerance);
  }
};

/** Mean and standard error of the mean of each column of `rows`. */
export const columns = (
  rows: readonly (readonly number[])[],
): readonly { readonly mean: number; readonly variance: number; readonly error: number }[] =>
  rows[0]!.map((_, at) => {
    const column = rows.map((row) => row[at]!);
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (column.length - 1);
    return { mean, variance, error: Math.sqrt(variance / column.length) };
  });
