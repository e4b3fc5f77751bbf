/**
 * Makes uniform numbers of random bits, in their place: multiples of 2^-23 in [0, 1), times `range`, plus `low`.
 *
 * @param count how many; the next multiple of four is written
 */
export function uniform(count: i32, place: usize, low: f32, range: f32): void {
  const least = f32x4.splat(low);
  const factor = f32x4.splat(range);
  const unit = f32x4.splat(1.1920928955078125e-7);
  for (let n = count; n > 0; n -= 4) {
    const fraction = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(place), 9)), unit);
    v128.store(place, f32x4.add(f32x4.mul(fraction, factor), least));
    place += 16;
  }
}
