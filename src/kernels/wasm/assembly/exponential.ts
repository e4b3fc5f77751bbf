// Constants are read from a table: V8 would rebuild each of them in every iteration.

/** The size in bytes of the table of constants. */
export function exponentialTable(): i32 {
  return 64;
}

/** Writes the constants of `exponential` to a table of `exponentialTable` bytes. */
export function fillExponentialTable(to: usize): void {
  store<f32>(to, 88.72, 0); // above it the result overflows
  store<f32>(to, -87.33, 4); // below it the result would be denormal
  store<f32>(to, <f32>Math.LOG2E, 8);
  store<f32>(to, 12582912, 12); // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
  // log 2 in two parts, the first with so few digits that its multiples are exact
  store<f32>(to, 0.693359375, 16);
  store<f32>(to, <f32>(Math.LN2 - 0.693359375), 20);
  store<f32>(to, 1, 24);
  store<f32>(to, 0.5, 28);
  store<f32>(to, 1.0 / 6.0, 32);
  store<f32>(to, 1.0 / 24.0, 36);
  store<f32>(to, 1.0 / 120.0, 40);
  store<f32>(to, 1.0 / 720.0, 44);
  store<i32>(to, 127, 48);
  store<f32>(to, Infinity, 52);
  store<f32>(to, 1.0 / 5040.0, 56);
  store<i32>(to, 126, 60);
}

function multiplyAdd(p: v128, r: v128, constant: usize): v128 {
  return f32x4.add(f32x4.mul(p, r), v128.load32_splat(constant));
}

/**
 * The exponential function: `x` is an integer multiple of log 2 plus a remainder of at most half of log 2, whose
 * exponential is a truncated series. The relative error is below 2e-7; denormal results are 0.
 */
export function exponential(x: v128, table: usize): v128 {
  const high = v128.load32_splat(table);
  const low = v128.load32_splat(table, 4);
  // In this order NaN is kept.
  const inside = f32x4.pmax(f32x4.pmin(x, high), low);
  const magic = v128.load32_splat(table, 12);
  const shifted = f32x4.add(f32x4.mul(inside, v128.load32_splat(table, 8)), magic);
  const whole = f32x4.sub(shifted, magic);
  const reduced = f32x4.sub(inside, f32x4.mul(whole, v128.load32_splat(table, 16)));
  const r = f32x4.sub(reduced, f32x4.mul(whole, v128.load32_splat(table, 20)));
  // Pairs of terms, and pairs of pairs: term by term, each step would wait for the previous one.
  const r2 = f32x4.mul(r, r);
  const first = f32x4.add(v128.load32_splat(table, 24), r);
  const middle = multiplyAdd(v128.load32_splat(table, 32), r, table + 28);
  const last = multiplyAdd(v128.load32_splat(table, 40), r, table + 36);
  const upper = f32x4.add(f32x4.mul(v128.load32_splat(table, 44), r2), last);
  const p = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(upper, r2), middle), r2), first);
  // The power of two in two factors: 2^128 overflows float32, but half of it times nearly two does not.
  const power = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(power, 1);
  const bias = v128.load32_splat(table, 48);
  const factor = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(power, half), bias), 23);
  const y = f32x4.mul(f32x4.mul(p, factor), second);
  const some = v128.andnot(y, f32x4.lt(x, low));
  return v128.bitselect(v128.load32_splat(table, 52), some, f32x4.gt(x, high));
}

/**
 * The exponential function minus one, without losing digits near 0: there the remainder is `x` itself, and its series
 * starts with it. Elsewhere `2^n p - 1` is `2^n (p - 1 + 1 - 2^-n)`.
 */
export function exponentialLessOne(x: v128, table: usize): v128 {
  const high = v128.load32_splat(table);
  const low = v128.load32_splat(table, 4);
  // In this order NaN is kept.
  const inside = f32x4.pmax(f32x4.pmin(x, high), low);
  const magic = v128.load32_splat(table, 12);
  const shifted = f32x4.add(f32x4.mul(inside, v128.load32_splat(table, 8)), magic);
  const whole = f32x4.sub(shifted, magic);
  const reduced = f32x4.sub(inside, f32x4.mul(whole, v128.load32_splat(table, 16)));
  const r = f32x4.sub(reduced, f32x4.mul(whole, v128.load32_splat(table, 20)));
  const r2 = f32x4.mul(r, r);
  const middle = multiplyAdd(v128.load32_splat(table, 32), r, table + 28);
  const last = multiplyAdd(v128.load32_splat(table, 40), r, table + 36);
  const upper = multiplyAdd(v128.load32_splat(table, 56), r, table + 44);
  const series = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(upper, r2), last), r2), middle);
  const lessOne = f32x4.add(f32x4.mul(series, r2), r);
  const power = i32x4.sub(shifted, magic);
  const half = i32x4.shr_s(power, 1);
  const bias = v128.load32_splat(table, 48);
  const factor = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(power, half), bias), 23);
  // Beside 1, 2^-126 is as negligible as smaller powers, and it is not denormal.
  const inverse = i32x4.shl(i32x4.sub(bias, i32x4.min_s(power, v128.load32_splat(table, 60))), 23);
  const p = f32x4.add(lessOne, f32x4.sub(v128.load32_splat(table, 24), inverse));
  const y = f32x4.mul(f32x4.mul(p, factor), second);
  // The sign is that of x, also for negative 0.
  const signed = v128.or(y, v128.xor(x, f32x4.abs(x)));
  return v128.bitselect(v128.load32_splat(table, 52), signed, f32x4.gt(x, high));
}
