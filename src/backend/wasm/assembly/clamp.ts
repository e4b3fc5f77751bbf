/**
 * Numbers held between two bounds. NaN stays NaN: a number comes first in each comparison, and is what is left where there
 * is none.
 */
export function clamp(count: i32, low: f32, high: f32, x: usize, out: usize): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; count >= 4; count -= 4) {
    v128.store(out, f32x4.pmin(f32x4.pmax(v128.load(x), lows), highs));
    x += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    const value = load<f32>(x);
    store<f32>(out, value < low ? low : value > high ? high : value);
    x += 4;
    out += 4;
  }
}
