import { multiplyAdd } from './multiplyAdd.ts';

// Short runs of float32 numbers, for which calling memory.copy would cost more than the copy.

/** Copies numbers. */
export function copyNumbers(count: i32, from: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** Sets numbers to zero. */
export function clearNumbers(count: i32, to: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, 0);
    to += 4;
  }
}

/** Adds numbers to other numbers. */
export function addNumbers(count: i32, from: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}

/** Adds four numbers to four doubles. */
export function addFourToDoubles(x: v128, to: usize): void {
  const high = v128.shuffle<f32>(x, x, 2, 3, 0, 1);
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(x)));
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Adds numbers to doubles. */
export function addToDoubles(count: i32, from: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    addFourToDoubles(v128.load(from), to);
    from += 16;
    to += 32;
  }
  for (; count > 0; count--) {
    store<f64>(to, load<f64>(to) + <f64>load<f32>(from));
    from += 4;
    to += 8;
  }
}

/** Writes doubles as float32, each divided by `divisor`. */
export function fromDoubles(count: i32, from: usize, divisor: f64, to: usize): void {
  const divisors = f64x2.splat(divisor);
  for (; count >= 4; count -= 4) {
    const low = f32x4.demote_f64x2_zero(f64x2.div(v128.load(from), divisors));
    const high = f32x4.demote_f64x2_zero(f64x2.div(v128.load(from, 16), divisors));
    v128.store(to, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
    from += 32;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, <f32>(load<f64>(from) / divisor));
    from += 8;
    to += 4;
  }
}

/** Adds the elementwise products of two runs to a third. */
export function addProducts(count: i32, a: usize, b: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, multiplyAdd(v128.load(a), v128.load(b), v128.load(to)));
    a += 16;
    b += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(a) * load<f32>(b));
    a += 4;
    b += 4;
    to += 4;
  }
}

/** Adds a scaled run of numbers to another run. */
export function addScaled(count: i32, a: usize, factor: f32, to: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(a));
    a += 4;
    to += 4;
  }
}

/** The dot product of two runs of numbers. */
export function dot(count: i32, a: usize, b: usize): f32 {
  let sum: f32 = 0;
  for (; count > 0; count--) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}
