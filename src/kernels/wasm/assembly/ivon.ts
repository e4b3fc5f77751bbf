import { fillExponentialTable } from './exponential.ts';
import { clearNumbers, copyNumbers } from './numbers.ts';

// The scratch: the constants of `exponential`, those of the logarithm, and nine vectors for the last few numbers.

const logarithm: i32 = 64;
const vectors: i32 = 112;

/** The bytes of scratch for `ivon`, with room to align them. */
export function ivonScratch(): i32 {
  return vectors + 9 * 16 + 64;
}

function fillTable(to: usize): void {
  fillExponentialTable(to);
  const log = to + logarithm;
  store<i32>(log, 0x3f3504f3, 0); // the bits of the root of a half
  store<f32>(log, <f32>Math.LN2, 4);
  store<f32>(log, 1.0 / 3.0, 8);
  store<f32>(log, 1.0 / 5.0, 12);
  store<f32>(log, 1.0 / 7.0, 16);
  store<f32>(log, 1.0 / 9.0, 20);
  store<f32>(log, 2, 24);
  store<f32>(log, -1.0 / 6.0, 28);
  store<f32>(log, 1.0 / 8.0, 32);
  store<f32>(log, -1.0 / 20.0, 36);
}

/**
 * The exponential function as in exponential.ts, but of numbers brought into [-87.33, 88]: no result is denormal or
 * overflows, so that the power of two is added to the exponent.
 */
function exponentialWithin(x: v128, highest: v128, table: usize): v128 {
  // In this order NaN is kept.
  const inside = f32x4.pmax(f32x4.pmin(x, highest), v128.load32_splat(table, 4));
  const magic = v128.load32_splat(table, 12);
  const shifted = f32x4.add(f32x4.mul(inside, v128.load32_splat(table, 8)), magic);
  const whole = f32x4.sub(shifted, magic);
  const reduced = f32x4.sub(inside, f32x4.mul(whole, v128.load32_splat(table, 16)));
  const r = f32x4.sub(reduced, f32x4.mul(whole, v128.load32_splat(table, 20)));
  const r2 = f32x4.mul(r, r);
  const first = f32x4.add(v128.load32_splat(table, 24), r);
  const middle = f32x4.add(f32x4.mul(v128.load32_splat(table, 32), r), v128.load32_splat(table, 28));
  const last = f32x4.add(f32x4.mul(v128.load32_splat(table, 40), r), v128.load32_splat(table, 36));
  const upper = f32x4.add(f32x4.mul(v128.load32_splat(table, 44), r2), last);
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(upper, r2), middle), r2), first);
  const y = i32x4.add(p, i32x4.shl(shifted, 23));
  return f32x4.add(y, f32x4.sub(inside, inside));
}

/**
 * `log(1 + v)` for `v` above -1: `1 + v` is a power of two times a number between the roots of a half and of two, whose
 * logarithm is `2 atanh(x / (2 + x))` for `x` one less. Without a power of two `x` is `v`, so that no digits are lost.
 */
function logOnePlus(v: v128, ones: v128, log: usize): v128 {
  const bits = f32x4.add(ones, v);
  const power = i32x4.shr_s(i32x4.sub(bits, v128.load32_splat(log)), 23);
  const lessOne = f32x4.sub(i32x4.sub(bits, i32x4.shl(power, 23)), ones);
  const x = v128.bitselect(lessOne, v, i32x4.ne(power, i32x4.splat(0)));
  const s = f32x4.div(x, f32x4.add(v128.load32_splat(log, 24), x));
  const t = f32x4.mul(s, s);
  let series = f32x4.add(f32x4.mul(t, v128.load32_splat(log, 20)), v128.load32_splat(log, 16));
  series = f32x4.add(f32x4.mul(t, series), v128.load32_splat(log, 12));
  series = f32x4.add(f32x4.mul(t, series), v128.load32_splat(log, 8));
  series = f32x4.add(f32x4.mul(t, series), ones);
  const whole = f32x4.mul(f32x4.convert_i32x4_s(power), v128.load32_splat(log, 4));
  return f32x4.add(f32x4.mul(f32x4.add(s, s), series), whole);
}

/** `log(1 + u + u^2 / 2)` for `u` of at most 1/16, by its series, in which the power of six is missing. */
function logOfSmall(u: v128, ones: v128, log: usize): v128 {
  const last = f32x4.add(v128.load32_splat(log, 32), f32x4.mul(u, v128.load32_splat(log, 36)));
  const series = f32x4.add(v128.load32_splat(log, 28), f32x4.mul(u, last));
  return f32x4.mul(u, f32x4.add(ones, f32x4.mul(f32x4.mul(u, u), series)));
}

/**
 * A step of IVON; see src/optimizers/ivon.ts. Outputs may be written over the inputs of their kind.
 *
 * @param count the number of elements of each tensor
 * @param mean the address of the updates of the means or, if `params` is given, of the next means
 * @param spread the address of the updates of `logStd` or, if `params` is given, of the next ones
 * @param params the address of the means, else 0
 * @param lost the address of a number: NaN if a precision was lost, else 0
 */
export function ivon(
  count: i32,
  momentum: usize,
  dMean: usize,
  dLogStd: usize,
  logStd: usize,
  nextMomentum: usize,
  mean: usize,
  spread: usize,
  params: usize,
  rate1: f32,
  coarse: f32,
  rate2: f32,
  scale: f32,
  learningRate: f32,
  clipRadius: f32,
  limit: f32,
  lost: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  fillTable(table);
  const log = table + logarithm;
  const ones = f32x4.splat(1);
  const halves = f32x4.splat(0.5);
  const rates1 = f32x4.splat(rate1);
  const coarses = f32x4.splat(coarse);
  const rates2 = f32x4.splat(rate2);
  const scales = f32x4.splat(scale);
  const learningRates = f32x4.splat(learningRate);
  const radii = f32x4.splat(clipRadius);
  const limits = f32x4.splat(limit);
  const lowest = f32x4.neg(radii);
  const smalls = f32x4.splat(0.0625);
  const highest = f32x4.splat(88);
  let losses = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const m = v128.load(momentum);
    const moved = f32x4.add(m, f32x4.mul(f32x4.sub(v128.load(dMean), m), rates1));
    const next = f32x4.sub(f32x4.add(moved, coarses), coarses);
    v128.store(nextMomentum, next);
    const u = f32x4.mul(v128.load(dLogStd), rates2);
    const growth = f32x4.mul(u, f32x4.add(ones, f32x4.mul(halves, u)));
    const l = v128.load(logStd);
    const variance = f32x4.mul(exponentialWithin(f32x4.add(l, l), highest, table), scales);
    const ratio = f32x4.div(f32x4.mul(next, variance), f32x4.add(ones, growth));
    // In this order NaN is kept.
    const clipped = f32x4.pmax(f32x4.pmin(ratio, radii), lowest);
    // Infinity minus itself is NaN.
    let valid = f32x4.sub(growth, growth);
    let change: v128;
    if (v128.any_true(f32x4.gt(f32x4.abs(u), smalls))) {
      valid = v128.bitselect(f32x4.splat(NaN), valid, f32x4.gt(growth, limits));
      change = logOnePlus(growth, ones, log);
    } else {
      change = logOfSmall(u, ones, log);
    }
    losses = f32x4.add(losses, valid);
    const direction = f32x4.add(clipped, f32x4.sub(next, next));
    const meanUpdate = f32x4.sub(valid, f32x4.mul(direction, learningRates));
    const spreadUpdate = f32x4.sub(valid, f32x4.mul(halves, change));
    if (params === 0) {
      v128.store(mean, meanUpdate);
      v128.store(spread, spreadUpdate);
    } else {
      v128.store(mean, f32x4.add(v128.load(params), meanUpdate));
      v128.store(spread, f32x4.add(l, spreadUpdate));
      params += 16;
    }
    momentum += 16;
    dMean += 16;
    dLogStd += 16;
    logStd += 16;
    nextMomentum += 16;
    mean += 16;
    spread += 16;
  }
  const pairs = f32x4.add(
    losses,
    i8x16.shuffle(losses, losses, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
  );
  store<f32>(lost, f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
  if (count === 0) return;
  const last = table + vectors;
  clearNumbers(16, last);
  copyNumbers(count, momentum, last);
  copyNumbers(count, dMean, last + 16);
  copyNumbers(count, dLogStd, last + 32);
  copyNumbers(count, logStd, last + 48);
  const own: usize = params === 0 ? 0 : last + 128;
  if (own !== 0) copyNumbers(count, params, own);
  // The same for a whole vector. Its table is this one.
  ivon(
    4,
    last,
    last + 16,
    last + 32,
    last + 48,
    last + 64,
    last + 80,
    last + 96,
    own,
    rate1,
    coarse,
    rate2,
    scale,
    learningRate,
    clipRadius,
    limit,
    last + 112,
    table,
  );
  copyNumbers(count, last + 64, nextMomentum);
  copyNumbers(count, last + 80, mean);
  copyNumbers(count, last + 96, spread);
  store<f32>(lost, load<f32>(lost) + load<f32>(last + 112));
}
