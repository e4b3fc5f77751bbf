// Passes over large tensors, which TensorFlow.js has kernels for too: the same numbers, but in parts, for threads.

/** One of four operations on four pairs: a sum, a difference, a product or a quotient. */
function combined(kind: i32, a: v128, b: v128): v128 {
  if (kind === 0) return f32x4.add(a, b);
  if (kind === 1) return f32x4.sub(a, b);
  if (kind === 2) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

function combinedOne(kind: i32, a: f32, b: f32): f32 {
  if (kind === 0) return a + b;
  if (kind === 1) return a - b;
  if (kind === 2) return a * b;
  return a / b;
}

/** Combines two runs of numbers; `nextA` and `nextB` are 4, or 0 where one number is shared. */
export function combineRun(
  kind: i32,
  count: i32,
  a: usize,
  nextA: i32,
  b: usize,
  nextB: i32,
  out: usize,
): void {
  const oneA = load<f32>(a);
  const oneB = load<f32>(b);
  const allA = f32x4.splat(oneA);
  const allB = f32x4.splat(oneB);
  for (; count >= 4; count -= 4) {
    const x = nextA === 0 ? allA : v128.load(a);
    const y = nextB === 0 ? allB : v128.load(b);
    v128.store(out, combined(kind, x, y));
    a += nextA << 2;
    b += nextB << 2;
    out += 16;
  }
  for (; count > 0; count--) {
    const x = nextA === 0 ? oneA : load<f32>(a);
    const y = nextB === 0 ? oneB : load<f32>(b);
    store<f32>(out, combinedOne(kind, x, y));
    a += nextA;
    b += nextB;
    out += 4;
  }
}

/**
 * Combines rows of numbers, from `first` to `last`, which are broadcast. Row `i` of the result combines what begins `i / inner`
 * outer and `i % inner` inner steps, in bytes, behind the start of each side.
 *
 * @param kind 0 for sums, 1 for differences, 2 for products, 3 for quotients
 * @param columns the numbers of a row
 * @param out where row `first` is written
 */
export function combine(
  kind: i32,
  first: i32,
  last: i32,
  inner: i32,
  columns: i32,
  a: usize,
  outerA: i32,
  innerA: i32,
  nextA: i32,
  b: usize,
  outerB: i32,
  innerB: i32,
  nextB: i32,
  out: usize,
): void {
  for (let row = first; row < last; row++) {
    const at = row / inner;
    const within = row % inner;
    const x = a + <usize>at * <usize>outerA + <usize>within * <usize>innerA;
    const y = b + <usize>at * <usize>outerB + <usize>within * <usize>innerB;
    combineRun(kind, columns, x, nextA, y, nextB, out);
    out += (<usize>columns) << 2;
  }
}

/** The rectifier, the step function, the square, the square root, the negative or the sign of four numbers. */
function mapped(kind: i32, x: v128, below: v128): v128 {
  const zeros = f32x4.splat(0);
  if (kind === 0) return f32x4.max(x, zeros);
  if (kind === 1) {
    const step = v128.bitselect(f32x4.splat(1), below, f32x4.gt(x, zeros));
    // NaN is kept.
    return v128.bitselect(x, step, f32x4.ne(x, x));
  }
  if (kind === 2) return f32x4.mul(x, x);
  if (kind === 3) return f32x4.sqrt(x);
  if (kind === 4) return f32x4.neg(x);
  const signs = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1));
  // That of NaN is 0, as in TensorFlow.js's own kernels.
  return v128.and(signs, v128.or(f32x4.lt(x, zeros), f32x4.gt(x, zeros)));
}

/**
 * Maps each number.
 *
 * @param kind 0 for the rectifier, 1 for the step function, 2 for the square, 3 for the square root, 4 for the negative, 5 for the sign
 * @param below the step function of what is not above 0
 */
export function mapEach(kind: i32, count: i32, below: f32, x: usize, out: usize): void {
  const belows = f32x4.splat(below);
  for (; count >= 4; count -= 4) {
    v128.store(out, mapped(kind, v128.load(x), belows));
    x += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(out, mapped(kind, v128.load32_zero(x), belows), 0);
    x += 4;
    out += 4;
  }
}
