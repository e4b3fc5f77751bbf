/** The gradient of numbers that are used as they are and squared: `dx + 2 x dSquare`. */
export function joinSquare(count: i32, dx: usize, x: usize, dSquare: usize, out: usize): void {
  for (; count >= 4; count -= 4) {
    const given = v128.load(x);
    const slope = f32x4.mul(f32x4.add(given, given), v128.load(dSquare));
    v128.store(out, f32x4.add(v128.load(dx), slope));
    dx += 16;
    x += 16;
    dSquare += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    const given = load<f32>(x);
    store<f32>(out, load<f32>(dx) + (given + given) * load<f32>(dSquare));
    dx += 4;
    x += 4;
    dSquare += 4;
    out += 4;
  }
}
