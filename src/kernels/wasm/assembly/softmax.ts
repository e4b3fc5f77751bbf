import {
  fillNegativeExponentialTable,
  negativeExponential,
  negativeExponentialTable,
} from './negativeExponential.ts';
import { copyNumbers } from './numbers.ts';

// Each row is shifted by its largest number, and fits in a cache of the first level, so that only its first reading counts.

/** The bytes of scratch for the functions of this file: constants, alignment, and a vector for the last few numbers. */
export function softmaxScratch(): i32 {
  return negativeExponentialTable() + 64 + 16;
}

/** The largest number of a row; NaN is passed over. */
function largestNumber(count: i32, x: usize): f32 {
  let first = f32x4.splat(-Infinity);
  let second = first;
  for (; count >= 8; count -= 8) {
    first = f32x4.pmax(first, v128.load(x));
    second = f32x4.pmax(second, v128.load(x, 16));
    x += 32;
  }
  first = f32x4.pmax(first, second);
  first = f32x4.pmax(first, v128.shuffle<f32>(first, first, 2, 3, 0, 1));
  let largest = max<f32>(f32x4.extract_lane(first, 0), f32x4.extract_lane(first, 1));
  for (; count > 0; count--) {
    const number = load<f32>(x);
    if (number > largest) largest = number;
    x += 4;
  }
  return largest;
}

/** Four numbers of a vector as two doubles, added to two others. */
function addPromoted(doubles: v128, x: v128): v128 {
  const high = v128.shuffle<f32>(x, x, 2, 3, 0, 1);
  return f64x2.add(doubles, f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(high)));
}

/** The last few numbers of a row as a vector, filled up with -Infinity. */
function lastNumbers(count: i32, x: usize, last: usize): v128 {
  v128.store(last, f32x4.splat(-Infinity));
  copyNumbers(count, x, last);
  return v128.load(last);
}

/** Sums the exponentials of a row less its largest number. They are written, unless `out` is 0. */
function sumExponentials(count: i32, x: usize, largest: f32, out: usize, table: usize): f64 {
  const shift = f32x4.splat(largest);
  let doubles = f64x2.splat(0);
  for (; count >= 16; count -= 16) {
    const first = negativeExponential(f32x4.sub(v128.load(x), shift), table);
    const second = negativeExponential(f32x4.sub(v128.load(x, 16), shift), table);
    const third = negativeExponential(f32x4.sub(v128.load(x, 32), shift), table);
    const fourth = negativeExponential(f32x4.sub(v128.load(x, 48), shift), table);
    doubles = addPromoted(doubles, f32x4.add(f32x4.add(first, second), f32x4.add(third, fourth)));
    if (out !== 0) {
      v128.store(out, first);
      v128.store(out, second, 16);
      v128.store(out, third, 32);
      v128.store(out, fourth, 48);
      out += 64;
    }
    x += 64;
  }
  for (; count >= 4; count -= 4) {
    const y = negativeExponential(f32x4.sub(v128.load(x), shift), table);
    doubles = addPromoted(doubles, y);
    if (out !== 0) {
      v128.store(out, y);
      out += 16;
    }
    x += 16;
  }
  if (count > 0) {
    const last = table + negativeExponentialTable();
    const y = negativeExponential(f32x4.sub(lastNumbers(count, x, last), shift), table);
    doubles = addPromoted(doubles, y);
    if (out !== 0) {
      v128.store(last, y);
      copyNumbers(count, last, out);
    }
  }
  return f64x2.extract_lane(doubles, 0) + f64x2.extract_lane(doubles, 1);
}

/** Multiplies numbers in place. */
function scaleNumbers(count: i32, factor: f32, x: usize): void {
  const factors = f32x4.splat(factor);
  for (; count >= 4; count -= 4) {
    v128.store(x, f32x4.mul(v128.load(x), factors));
    x += 16;
  }
  for (; count > 0; count--) {
    store<f32>(x, load<f32>(x) * factor);
    x += 4;
  }
}

/** The softmax of each row. */
export function softmax(rows: i32, columns: i32, x: usize, out: usize, scratch: usize): void {
  const table = (scratch + 63) & ~63;
  const bytes = (<usize>columns) << 2;
  fillNegativeExponentialTable(table);
  for (let row = 0; row < rows; row++) {
    const sum = sumExponentials(columns, x, largestNumber(columns, x), out, table);
    scaleNumbers(columns, <f32>(1 / sum), out);
    x += bytes;
    out += bytes;
  }
}

/** The sum of products of two rows. */
function sumProducts(count: i32, a: usize, b: usize): f64 {
  let doubles = f64x2.splat(0);
  for (; count >= 8; count -= 8) {
    const first = f32x4.mul(v128.load(a), v128.load(b));
    const second = f32x4.mul(v128.load(a, 16), v128.load(b, 16));
    doubles = addPromoted(doubles, f32x4.add(first, second));
    a += 32;
    b += 32;
  }
  let sum = f64x2.extract_lane(doubles, 0) + f64x2.extract_lane(doubles, 1);
  for (; count > 0; count--) {
    sum += <f64>(load<f32>(a) * load<f32>(b));
    a += 4;
    b += 4;
  }
  return sum;
}

/** The gradient of `softmax` from its result and the gradient of that: `(dy - sum(dy y)) y`. */
export function softmaxGradient(rows: i32, columns: i32, y: usize, dy: usize, out: usize): void {
  for (let row = 0; row < rows; row++) {
    const mean = <f32>sumProducts(columns, dy, y);
    const means = f32x4.splat(mean);
    let left = columns;
    for (; left >= 4; left -= 4) {
      v128.store(out, f32x4.mul(f32x4.sub(v128.load(dy), means), v128.load(y)));
      y += 16;
      dy += 16;
      out += 16;
    }
    for (; left > 0; left--) {
      store<f32>(out, (load<f32>(dy) - mean) * load<f32>(y));
      y += 4;
      dy += 4;
      out += 4;
    }
  }
}

/**
 * The natural logarithm of a normal number of at least 1, or of NaN: `2 atanh((f - 1) / (f + 1))` of a fraction near 1, whose
 * series is truncated, plus a multiple of log 2. The error is below 1e-11.
 */
function logarithm(x: f64): f64 {
  if (!(x < Infinity)) return x;
  const bits = reinterpret<i64>(x);
  let power = <i32>((bits >> 52) & 0x7ff) - 1023;
  let fraction = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (fraction > Math.SQRT2) {
    fraction *= 0.5;
    power++;
  }
  const z = (fraction - 1) / (fraction + 1);
  const z2 = z * z;
  const high = 1.0 / 9.0 + z2 * (1.0 / 11.0 + z2 * (1.0 / 13.0));
  const series = 1 + z2 * (1.0 / 3.0 + z2 * (1.0 / 5.0 + z2 * (1.0 / 7.0 + z2 * high)));
  return 2 * z * series + <f64>power * Math.LN2;
}

/**
 * The logarithm of the softmax of each row at a label, NaN if that is out of range.
 *
 * @param largest where the largest number of each row is written
 * @param logSums where the logarithm of the sum of exponentials of what each row exceeds it by is written
 */
export function labelLogProbs(
  rows: i32,
  classes: i32,
  x: usize,
  labels: usize,
  out: usize,
  largest: usize,
  logSums: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  const bytes = (<usize>classes) << 2;
  fillNegativeExponentialTable(table);
  for (let row = 0; row < rows; row++) {
    const most = largestNumber(classes, x);
    const logSum = <f32>logarithm(sumExponentials(classes, x, most, 0, table));
    const label = load<i32>(labels);
    const valid = label >= 0 && label < classes;
    store<f32>(out, valid ? load<f32>(x + ((<usize>label) << 2)) - most - logSum : NaN);
    store<f32>(largest, most);
    store<f32>(logSums, logSum);
    x += bytes;
    labels += 4;
    out += 4;
    largest += 4;
    logSums += 4;
  }
}

/** The gradient of `labelLogProbs`: that of a row's result at its label, less the softmax times that everywhere. */
export function labelLogProbsGradient(
  rows: i32,
  classes: i32,
  dy: usize,
  x: usize,
  labels: usize,
  largest: usize,
  logSums: usize,
  dx: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  const last = table + negativeExponentialTable();
  fillNegativeExponentialTable(table);
  for (let row = 0; row < rows; row++) {
    const label = load<i32>(labels);
    const valid = label >= 0 && label < classes;
    const slope: f32 = valid ? load<f32>(dy) : NaN;
    const factors = f32x4.splat(-slope);
    const most = f32x4.splat(load<f32>(largest));
    const logSum = f32x4.splat(load<f32>(logSums));
    const own = dx + ((<usize>label) << 2);
    let left = classes;
    for (; left >= 4; left -= 4) {
      const logProb = f32x4.sub(f32x4.sub(v128.load(x), most), logSum);
      v128.store(dx, f32x4.mul(factors, negativeExponential(logProb, table)));
      x += 16;
      dx += 16;
    }
    if (left > 0) {
      const logProb = f32x4.sub(f32x4.sub(lastNumbers(left, x, last), most), logSum);
      v128.store(last, f32x4.mul(factors, negativeExponential(logProb, table)));
      copyNumbers(left, last, dx);
      x += (<usize>left) << 2;
      dx += (<usize>left) << 2;
    }
    if (valid) store<f32>(own, load<f32>(own) + slope);
    dy += 4;
    labels += 4;
    largest += 4;
    logSums += 4;
  }
}
