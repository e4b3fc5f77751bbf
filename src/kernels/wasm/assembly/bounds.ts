import { clearNumbers, copyNumbers } from './numbers.ts';

/** The larger or the smaller of each of four pairs; NaN if either is NaN. */
function chosen(larger: bool, a: v128, b: v128): v128 {
  return larger ? f32x4.max(a, b) : f32x4.min(a, b);
}

/**
 * The larger or the smaller of each pair of numbers. `stepA` and `stepB` are the bytes between consecutive numbers: 4,
 * or 0 where one number is shared. The scratch holds three vectors.
 */
export function extremes(
  larger: bool,
  count: i32,
  a: usize,
  stepA: i32,
  b: usize,
  stepB: i32,
  out: usize,
  scratch: usize,
): void {
  const oneA = v128.load32_splat(a);
  const oneB = v128.load32_splat(b);
  for (; count >= 4; count -= 4) {
    const left = stepA === 0 ? oneA : v128.load(a);
    const right = stepB === 0 ? oneB : v128.load(b);
    v128.store(out, chosen(larger, left, right));
    a += stepA * 4;
    b += stepB * 4;
    out += 16;
  }
  if (count === 0) return;
  clearNumbers(12, scratch);
  if (stepA === 0) v128.store(scratch, oneA);
  else copyNumbers(count, a, scratch);
  if (stepB === 0) v128.store(scratch + 16, oneB);
  else copyNumbers(count, b, scratch + 16);
  v128.store(scratch + 32, chosen(larger, v128.load(scratch), v128.load(scratch + 16)));
  copyNumbers(count, scratch + 32, out);
}

/** Clips each number to the bounds; NaN is kept. */
export function clip(count: i32, x: usize, low: f32, high: f32, out: usize): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; count >= 4; count -= 4) {
    v128.store(out, f32x4.min(f32x4.max(v128.load(x), lows), highs));
    x += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, min<f32>(max<f32>(load<f32>(x), low), high));
    x += 4;
    out += 4;
  }
}
