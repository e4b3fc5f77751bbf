import { multiplyAdd, multiplySubtract } from './multiplyAdd.ts';

// The exponential function of numbers that are not above 0, in two thirds of the instructions of `exponential`.

/** The size in bytes of the table of constants. */
export function negativeExponentialTable(): i32 {
  return 64;
}

/** Writes the constants of `negativeExponential` to a table. */
export function fillNegativeExponentialTable(to: usize): void {
  store<f32>(to, <f32>Math.LOG2E, 0);
  store<f32>(to, 12583039, 4); // 1.5 * 2^23 + 127: adding it rounds to an integer, held in the low bits with a float's bias
  // log 2 in two parts, the first with so few digits that its multiples are exact
  store<f32>(to, 0.693359375, 8);
  store<f32>(to, <f32>(Math.LN2 - 0.693359375), 12);
  // the polynomial of degree 5 with the smallest relative error for remainders of up to half of log 2, 1 at 0
  store<f32>(to, 1, 16);
  store<f32>(to, 0.9999997, 20);
  store<f32>(to, 0.49999148, 24);
  store<f32>(to, 0.16667637, 28);
  store<f32>(to, 0.041898023, 32);
  store<f32>(to, 0.008290298, 36);
  store<f32>(to, -87.33, 40); // below it the result would be denormal
}

function next(p: v128, r: v128, constant: usize): v128 {
  return multiplyAdd(p, r, v128.load32_splat(constant));
}

/**
 * The exponential function of numbers that are not above 0, or not far: `x` is an integer multiple of log 2 plus a remainder.
 * The relative error is below 2.2e-7; denormal results are 0.
 */
export function negativeExponential(x: v128, table: usize): v128 {
  const magic = v128.load32_splat(table, 4);
  const shifted = multiplyAdd(x, v128.load32_splat(table), magic);
  const whole = f32x4.sub(shifted, magic);
  const reduced = multiplySubtract(whole, v128.load32_splat(table, 8), x);
  const r = multiplySubtract(whole, v128.load32_splat(table, 12), reduced);
  // Pairs of terms, and pairs of pairs: term by term, each step would wait for the previous one.
  const r2 = f32x4.mul(r, r);
  const first = next(v128.load32_splat(table, 20), r, table + 16);
  const middle = next(v128.load32_splat(table, 28), r, table + 24);
  const last = next(v128.load32_splat(table, 36), r, table + 32);
  const p = multiplyAdd(multiplyAdd(last, r2, middle), r2, first);
  const y = f32x4.mul(p, i32x4.shl(shifted, 23));
  return v128.andnot(y, f32x4.lt(x, v128.load32_splat(table, 40)));
}
