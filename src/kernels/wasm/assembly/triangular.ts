// Matrices are stored row by row. All loops run along rows; what is added up is kept in doubles.

/** The sum of the products of two runs of doubles. */
function dot(count: i32, a: usize, b: usize): f64 {
  let sums = f64x2.splat(0);
  for (; count >= 2; count -= 2) {
    sums = f64x2.add(sums, f64x2.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (count > 0) sum += load<f64>(a) * load<f64>(b);
  return sum;
}

/** The sum of the products of a run of floats and one of doubles. */
function dotFloats(count: i32, a: usize, b: usize): f64 {
  let sums = f64x2.splat(0);
  for (; count >= 2; count -= 2) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(a));
    sums = f64x2.add(sums, f64x2.mul(pair, v128.load(b)));
    a += 8;
    b += 16;
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (count > 0) sum += <f64>load<f32>(a) * load<f64>(b);
  return sum;
}

/** Subtracts a scaled run of doubles from another. */
function subtractScaled(count: i32, factor: f64, a: usize, to: usize): void {
  const factors = f64x2.splat(factor);
  for (; count >= 2; count -= 2) {
    v128.store(to, f64x2.sub(v128.load(to), f64x2.mul(factors, v128.load(a))));
    a += 16;
    to += 16;
  }
  if (count > 0) store<f64>(to, load<f64>(to) - factor * load<f64>(a));
}

/** Subtracts a scaled run of floats from doubles. */
function subtractScaledFloats(count: i32, factor: f64, a: usize, to: usize): void {
  const factors = f64x2.splat(factor);
  for (; count >= 2; count -= 2) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(a));
    v128.store(to, f64x2.sub(v128.load(to), f64x2.mul(factors, pair)));
    a += 8;
    to += 16;
  }
  if (count > 0) store<f64>(to, load<f64>(to) - factor * <f64>load<f32>(a));
}

/** Divides a run of doubles. */
function divide(count: i32, x: usize, divisor: f64): void {
  for (; count > 0; count--) {
    store<f64>(x, load<f64>(x) / divisor);
    x += 8;
  }
}

/**
 * The Cholesky factor of the symmetric part of a matrix.
 *
 * @param scratch a matrix of doubles
 * @returns the first row whose pivot is not above 0, or -1; the pivot is then the first number of the scratch
 */
export function cholesky(n: i32, a: usize, out: usize, scratch: usize): i32 {
  const row = (<usize>n) << 3;
  for (let i = 0; i < n; i++) {
    const own = scratch + <usize>i * row;
    for (let j = 0; j <= i; j++) {
      const above = load<f32>(a + ((<usize>j * n + i) << 2));
      const below = load<f32>(a + ((<usize>i * n + j) << 2));
      const other = scratch + <usize>j * row;
      const rest = 0.5 * (<f64>above + <f64>below) - dot(j, own, other);
      const at = (<usize>j) << 3;
      if (i > j) store<f64>(own + at, rest / load<f64>(other + at));
      else {
        if (rest <= 0) {
          store<f64>(scratch, rest);
          return i;
        }
        store<f64>(own + at, sqrt(rest));
      }
    }
    for (let j = 0; j < n; j++)
      store<f32>(out + ((<usize>i * n + j) << 2), j <= i ? <f32>load<f64>(own + ((<usize>j) << 3)) : 0);
  }
  return -1;
}

/** A pivot of a triangular matrix. */
function pivot(unit: boolean, address: usize): f64 {
  return unit ? 1 : <f64>load<f32>(address);
}

/**
 * Solves `L x = b` in place, for several columns.
 *
 * @param x b as doubles, and then x
 */
function solve(n: i32, columns: i32, unit: boolean, lower: usize, x: usize): void {
  const bytes = (<usize>columns) << 3;
  for (let i = 0; i < n; i++) {
    const row = lower + ((<usize>i * n) << 2);
    const own = x + <usize>i * bytes;
    if (columns === 1) store<f64>(own, load<f64>(own) - dotFloats(i, row, x));
    else
      for (let j = 0; j < i; j++)
        subtractScaled(columns, <f64>load<f32>(row + ((<usize>j) << 2)), x + <usize>j * bytes, own);
    divide(columns, own, pivot(unit, row + ((<usize>i) << 2)));
  }
}

/** Likewise `L^T x = b`. */
function solveTransposed(n: i32, columns: i32, unit: boolean, lower: usize, x: usize): void {
  const bytes = (<usize>columns) << 3;
  for (let i = n - 1; i >= 0; i--) {
    const row = lower + ((<usize>i * n) << 2);
    const own = x + <usize>i * bytes;
    divide(columns, own, pivot(unit, row + ((<usize>i) << 2)));
    if (columns === 1) subtractScaledFloats(i, load<f64>(own), row, x);
    else
      for (let j = 0; j < i; j++)
        subtractScaled(columns, <f64>load<f32>(row + ((<usize>j) << 2)), own, x + <usize>j * bytes);
  }
}

/**
 * Solves triangular systems of one matrix.
 *
 * @param columns the number of right sides, the columns of `right`
 * @param transposed whether the matrix is transposed
 * @param unit whether its diagonal counts as 1
 * @param scratch as many doubles as `right` has numbers
 */
export function triangularSolve(
  n: i32,
  columns: i32,
  transposed: boolean,
  unit: boolean,
  lower: usize,
  right: usize,
  out: usize,
  scratch: usize,
): void {
  const count = n * columns;
  for (let i = 0; i < count; i++)
    store<f64>(scratch + ((<usize>i) << 3), <f64>load<f32>(right + ((<usize>i) << 2)));
  if (transposed) solveTransposed(n, columns, unit, lower, scratch);
  else solve(n, columns, unit, lower, scratch);
  for (let i = 0; i < count; i++)
    store<f32>(out + ((<usize>i) << 2), <f32>load<f64>(scratch + ((<usize>i) << 3)));
}
