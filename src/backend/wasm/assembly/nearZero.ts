// tfjs takes the logarithm of 1 + x and 1 from the exponential, which leaves few digits near 0.

/** Puts `log(1 + x) = 2 atanh(x / (2 + x))` in the place of what stands for each number near 0. */
export function log1pNearZero(count: i32, from: usize, to: usize): void {
  for (; count > 0; count--) {
    const x = load<f32>(from);
    if (abs(x) < 0.25) {
      const s: f32 = x / (2 + x);
      const t: f32 = s * s;
      const series: f32 = <f32>(1.0 / 3.0) + t * (<f32>0.2 + t * (<f32>(1.0 / 7.0) + t * <f32>(1.0 / 9.0)));
      store<f32>(to, 2 * s * (1 + t * series));
    }
    from += 4;
    to += 4;
  }
}

/** The same for `exp(x) - 1`, by Taylor's series. */
export function expm1NearZero(count: i32, from: usize, to: usize): void {
  for (; count > 0; count--) {
    const x = load<f32>(from);
    if (abs(x) < 0.35) {
      const last: f32 = 1 + x * <f32>(1.0 / 5.0) * (1 + x * <f32>(1.0 / 6.0) * (1 + x * <f32>(1.0 / 7.0)));
      store<f32>(to, x * (1 + x * <f32>0.5 * (1 + x * <f32>(1.0 / 3.0) * (1 + x * <f32>0.25 * last))));
    }
    from += 4;
    to += 4;
  }
}
