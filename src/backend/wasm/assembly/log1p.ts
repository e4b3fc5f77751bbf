/**
 * Turns logarithms of `1 + x`, in which `1 + x` was rounded, into what they should be: the sum that was taken is `1 + d`, and
 * near it the logarithm is proportional to the distance from 1 (Goldberg, What every computer scientist should know about
 * floating-point arithmetic, 1991, theorem 4).
 */
export function correctLog1p(count: i32, x: usize, log: usize): void {
  for (; count > 0; count--) {
    const given = load<f32>(x);
    const sum: f32 = <f32>1 + given;
    const d: f32 = sum - 1;
    if (d === 0) store<f32>(log, given);
    else if (sum < <f32>Infinity && sum > 0) store<f32>(log, load<f32>(log) * (given / d));
    x += 4;
    log += 4;
  }
}
