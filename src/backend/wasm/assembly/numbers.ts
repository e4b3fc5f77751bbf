// Short runs of float32 numbers, where a call of memory.copy would cost more than the copy.

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

/** Adds numbers to others. */
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

/** Adds the products of two runs of numbers to a third. */
export function addProducts(count: i32, a: usize, b: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load(a), v128.load(b))));
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

/** Adds the products of a run of numbers and one number to another run. */
export function addScaled(count: i32, a: usize, factor: f32, to: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(a));
    a += 4;
    to += 4;
  }
}

/** The sum of the products of two runs of numbers. */
export function dot(count: i32, a: usize, b: usize): f32 {
  let sum: f32 = 0;
  for (; count > 0; count--) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}
