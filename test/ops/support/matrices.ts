/** A matrix of doubles, row by row. */
export type Matrix = readonly (readonly number[])[];

const indices = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** A matrix from a function of row and column. */
export const toMatrix = (
  rows: number,
  columns: number,
  entry: (row: number, column: number) => number,
): Matrix => indices(rows).map((row) => indices(columns).map((column) => entry(row, column)));

export const transpose = (a: Matrix): Matrix => toMatrix(a[0]?.length ?? 0, a.length, (i, j) => a[j]![i]!);

export const product = (a: Matrix, b: Matrix): Matrix =>
  toMatrix(a.length, b[0]?.length ?? 0, (i, j) => a[i]!.reduce((sum, x, k) => sum + x * b[k]![j]!, 0));

export const identity = (size: number): Matrix => toMatrix(size, size, (i, j) => (i === j ? 1 : 0));

/** The solution of `a x = b` by elimination with pivots, and the determinant of `a`. */
const eliminate = (a: Matrix, b: Matrix): { readonly x: Matrix; readonly determinant: number } => {
  const rows = a.map((row, i) => [...row, ...b[i]!]);
  let determinant = 1;
  for (let k = 0; k < rows.length; k++) {
    const best = rows.reduce(
      (at, row, i) => (i > k && Math.abs(row[k]!) > Math.abs(rows[at]![k]!) ? i : at),
      k,
    );
    if (best !== k) determinant = -determinant;
    [rows[k], rows[best]] = [rows[best]!, rows[k]!];
    const pivot = rows[k]!;
    determinant *= pivot[k]!;
    for (let i = 0; i < rows.length; i++) {
      const factor = i === k ? 0 : rows[i]![k]! / pivot[k]!;
      rows[i] = rows[i]!.map((x, j) => x - factor * pivot[j]!);
    }
  }
  return { x: rows.map((row, i) => row.slice(rows.length).map((value) => value / row[i]!)), determinant };
};

/** The solution of `a x = b` in doubles. */
export const solve = (a: Matrix, b: Matrix): Matrix => eliminate(a, b).x;

export const inverse = (a: Matrix): Matrix => solve(a, identity(a.length));

export const determinant = (a: Matrix): number => eliminate(a, identity(a.length)).determinant;

/** A list of numbers as a matrix. */
export const toRows = (values: readonly number[], columns: number): Matrix =>
  toMatrix(values.length / columns, columns, (i, j) => values[i * columns + j]!);
