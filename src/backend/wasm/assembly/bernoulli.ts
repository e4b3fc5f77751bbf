/**
 * Makes ones and zeros of random bits, in their place: one where the upper 23 bits are below the threshold.
 *
 * @param count how many; the next multiple of four is written
 */
export function bernoulli(count: i32, place: usize, threshold: f32): void {
  const edge = f32x4.splat(threshold);
  const one = f32x4.splat(1);
  for (let n = count; n > 0; n -= 4) {
    const fraction = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(place), 9));
    v128.store(place, v128.and(f32x4.lt(fraction, edge), one));
    place += 16;
  }
}
