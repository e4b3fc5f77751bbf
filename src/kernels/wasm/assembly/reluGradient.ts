/** The gradient where the rectified number is above 0, else 0; NaN where that is NaN. */
function masked(dy: v128, y: v128): v128 {
  const open = v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  return v128.bitselect(y, open, f32x4.ne(y, y));
}

/** The gradient of the rectifier, by its result. */
export function reluGradient(count: i32, dy: usize, y: usize, out: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(out, masked(v128.load(dy), v128.load(y)));
    dy += 16;
    y += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(out, masked(v128.load32_zero(dy), v128.load32_zero(y)), 0);
    dy += 4;
    y += 4;
    out += 4;
  }
}
