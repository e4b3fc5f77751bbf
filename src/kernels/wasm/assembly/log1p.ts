/**
 * Overwrites the result for each number near 0 with `log(1 + x) = 2 atanh(x / (2 + x))`: tfjs computes log of the
 * rounded sum 1 + x, which leaves few digits there.
 */
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
