// The divergence of normal distributions from a normal one, with their variances, and its gradient, each in one pass; see
// src/ops/normalDivergence.ts. `x` is the logarithm of the quotient of both variances.
import { exponential, exponentialTable, fillExponentialTable } from './exponential.ts';
import { across } from './spreads.ts';

/** The numbers that are added in float32; runs of them are added in doubles. */
const run: i32 = 1024;

/** The bytes of scratch: constants, alignment, and vectors for the last few numbers. */
export function normalDivergenceScratch(): i32 {
  return exponentialTable() + 64 + 16 * 6;
}

/** Below it in absolute value, series take the place of differences that cancel. */
function near(x: v128): v128 {
  return f32x4.lt(f32x4.abs(x), f32x4.splat(0.25));
}

/** `(e^x - 1) / x` near 0. */
function slopeSeries(x: v128): v128 {
  let sum = f32x4.splat(1.0 / 720.0);
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 120.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 24.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 6.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(0.5));
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(1));
}

/** `(e^x - 1 - x) / x^2` near 0. */
function excessSeries(x: v128): v128 {
  let sum = f32x4.splat(1.0 / 5040.0);
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 720.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 120.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 24.0));
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.0 / 6.0));
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(0.5));
}

/** Writes four variances; returns twice the divergences. */
function four(
  mean: usize,
  logStd: usize,
  variance: usize,
  centre: f32,
  scale: f32,
  logScale: f32,
  table: usize,
): v128 {
  const half = f32x4.sub(v128.load(logStd), f32x4.splat(logScale));
  const x = f32x4.add(half, half);
  const ratio = exponential(x, table);
  v128.store(variance, f32x4.mul(ratio, f32x4.splat(scale * scale)));
  const far = f32x4.sub(f32x4.sub(ratio, f32x4.splat(1)), x);
  const excess = v128.bitselect(f32x4.mul(f32x4.mul(x, x), excessSeries(x)), far, near(x));
  const distance = f32x4.div(f32x4.sub(v128.load(mean), f32x4.splat(centre)), f32x4.splat(scale));
  return f32x4.add(excess, f32x4.mul(distance, distance));
}

/**
 * Variances, and for each run of numbers the sum of its divergences as a double.
 *
 * @param centre the mean of the other distribution, `scale` its standard deviation, `logScale` the logarithm of that
 */
export function normalDivergence(
  count: i32,
  mean: usize,
  logStd: usize,
  centre: f32,
  scale: f32,
  logScale: f32,
  variance: usize,
  sums: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  fillExponentialTable(table);
  const last = table + exponentialTable();
  for (; count > 0; count -= run) {
    let total = f32x4.splat(0);
    let left = min(count, run);
    for (; left >= 4; left -= 4) {
      total = f32x4.add(total, four(mean, logStd, variance, centre, scale, logScale, table));
      mean += 16;
      logStd += 16;
      variance += 16;
    }
    let sum = across(total);
    for (; left > 0; left--) {
      v128.store(last, v128.load32_zero(mean));
      v128.store(last, v128.load32_zero(logStd), 16);
      const each = four(last, last + 16, last + 32, centre, scale, logScale, table);
      store<f32>(variance, load<f32>(last, 32));
      sum += <f64>f32x4.extract_lane(each, 0);
      mean += 4;
      logStd += 4;
      variance += 4;
    }
    store<f64>(sums, 0.5 * sum);
    sums += 8;
  }
}

/** Adds the doubles of each row, in order. */
export function addDoubles(rows: i32, columns: i32, from: usize, out: usize): void {
  for (; rows > 0; rows--) {
    let sum: f64 = 0;
    for (let i = columns; i > 0; i--) {
      sum += load<f64>(from);
      from += 8;
    }
    store<f32>(out, <f32>sum);
    out += 4;
  }
}

/**
 * The gradients of means and logarithms of standard deviations, given those of the mean and of the variance, each 0 if there
 * is none, and that of the sum of divergences, which is one number.
 *
 * @param precision `1 / scale^2`
 */
export function normalDivergenceGradient(
  count: i32,
  mean: usize,
  logStd: usize,
  variance: usize,
  dMean: usize,
  dVariance: usize,
  dDivergence: usize,
  centre: f32,
  precision: f32,
  logScale: f32,
  outMean: usize,
  outLogStd: usize,
): void {
  const pull = load<f32>(dDivergence);
  const none = f32x4.splat(0);
  const stepMean: usize = dMean === 0 ? 0 : 4;
  const stepVariance: usize = dVariance === 0 ? 0 : 4;
  for (; count >= 4; count -= 4) {
    const pulls = f32x4.splat(pull);
    const away = f32x4.sub(v128.load(mean), f32x4.splat(centre));
    // Address 0 stands for no gradient: what lies there is not zeros.
    const ofMean = dMean === 0 ? none : v128.load(dMean);
    const ofVariance = dVariance === 0 ? none : v128.load(dVariance);
    v128.store(outMean, f32x4.add(ofMean, f32x4.mul(away, f32x4.splat(pull * precision))));
    const own = v128.load(variance);
    v128.store(outLogStd, byLogStd(v128.load(logStd), own, ofVariance, pulls, precision, logScale));
    mean += 16;
    logStd += 16;
    variance += 16;
    dMean += 4 * stepMean;
    dVariance += 4 * stepVariance;
    outMean += 16;
    outLogStd += 16;
  }
  for (; count > 0; count--) {
    const ofMean = dMean === 0 ? <f32>0 : load<f32>(dMean);
    store<f32>(outMean, ofMean + (load<f32>(mean) - centre) * (pull * precision));
    const each = byLogStd(
      v128.load32_zero(logStd),
      v128.load32_zero(variance),
      dVariance === 0 ? none : v128.load32_zero(dVariance),
      f32x4.splat(pull),
      precision,
      logScale,
    );
    v128.store32_lane(outLogStd, each, 0);
    mean += 4;
    logStd += 4;
    variance += 4;
    dMean += stepMean;
    dVariance += stepVariance;
    outMean += 4;
    outLogStd += 4;
  }
}

/** `2 variance dVariance + (e^x - 1) pull`. */
function byLogStd(
  logStd: v128,
  variance: v128,
  dVariance: v128,
  pull: v128,
  precision: f32,
  logScale: f32,
): v128 {
  const half = f32x4.sub(logStd, f32x4.splat(logScale));
  const x = f32x4.add(half, half);
  const far = f32x4.sub(f32x4.mul(variance, f32x4.splat(precision)), f32x4.splat(1));
  const slope = v128.bitselect(f32x4.mul(x, slopeSeries(x)), far, near(x));
  const byVariance = f32x4.mul(f32x4.add(variance, variance), dVariance);
  return f32x4.add(byVariance, f32x4.mul(slope, pull));
}
