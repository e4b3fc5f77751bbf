// Copies strips of a matrix into panels that the product reads sequentially. A panel holds, for each step along the
// shared axis, the values of its 4 or 8 rows (or columns) next to each other; missing values are zero.
//
// Packing flushes denormal numbers to zero. Processors take up to a hundred times longer for them, and packing reads
// each number once where the product reads it hundreds of times.

/** Flushes denormal numbers to zero. NaN is not less than anything and is kept. */
export function flushed(x: v128, least: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), least));
}

/** The smallest normal number, four times. It is passed as an argument, since a loop would rebuild it each time. */
export function leastNormal(): v128 {
  return f32x4.splat(1.1754943508222875e-38);
}

/** Transposes four rows of four to columns, `step` bytes apart. */
function transpose(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  to: usize,
  step: usize,
  least: v128,
): void {
  const a = flushed(v128.load(row0), least);
  const b = flushed(v128.load(row1), least);
  const c = flushed(v128.load(row2), least);
  const d = flushed(v128.load(row3), least);
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab01, cd01, 0, 2));
  v128.store(to + step, v128.shuffle<f64>(ab01, cd01, 1, 3));
  v128.store(to + 2 * step, v128.shuffle<f64>(ab23, cd23, 0, 2));
  v128.store(to + 3 * step, v128.shuffle<f64>(ab23, cd23, 1, 3));
}

/** Four full strips along the shared axis (each contiguous, `stride` bytes apart). */
function fourAlong(depth: i32, from: usize, stride: usize, to: usize, step: usize, least: v128): void {
  let row0 = from;
  let row1 = row0 + stride;
  let row2 = row1 + stride;
  let row3 = row2 + stride;
  let left = depth;
  for (; left >= 4; left -= 4) {
    transpose(row0, row1, row2, row3, to, step, least);
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    to += 4 * step;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(row0));
    store<f32>(to, load<f32>(row1), 4);
    store<f32>(to, load<f32>(row2), 8);
    store<f32>(to, load<f32>(row3), 12);
    v128.store(to, flushed(v128.load(to), least));
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
    to += step;
  }
}

/** Fewer than four strips, of either layout: `stride` bytes between strips, `next` along the shared axis. */
function packSome(
  count: i32,
  depth: i32,
  from: usize,
  stride: usize,
  next: usize,
  to: usize,
  step: usize,
  least: v128,
): void {
  for (let k = depth; k > 0; k--) {
    v128.store(to, f32x4.splat(0));
    let at = from;
    for (let i = 0; i < count; i++) {
      store<f32>(to + ((<usize>i) << 2), load<f32>(at));
      at += stride;
    }
    v128.store(to, flushed(v128.load(to), least));
    from += next;
    to += step;
  }
}

/** Four strips across the shared axis: their values are already adjacent. */
function fourAcross(depth: i32, from: usize, next: usize, to: usize, step: usize, least: v128): void {
  for (let k = depth; k > 0; k--) {
    v128.store(to, flushed(v128.load(from), least));
    from += next;
    to += step;
  }
}

/**
 * Packs up to four strips into lanes of a panel.
 *
 * @param count the number of strips; missing ones become zero
 * @param depth the steps along the shared axis
 * @param stride the bytes between strips
 * @param next the bytes between steps; one of the two is 4
 * @param step the bytes between steps in the panel
 * @param least `leastNormal()`
 */
export function packFour(
  count: i32,
  depth: i32,
  from: usize,
  stride: usize,
  next: usize,
  to: usize,
  step: usize,
  least: v128,
): void {
  if (count >= 4 && stride === 4) fourAcross(depth, from, next, to, step, least);
  else if (count >= 4 && next === 4) fourAlong(depth, from, stride, to, step, least);
  else packSome(max(min(count, 4), 0), depth, from, stride, next, to, step, least);
}

/** Packs several full panels of eight strips across the shared axis at once, reading whole rows. */
export function packWide(panels: i32, depth: i32, from: usize, next: usize, to: usize, least: v128): void {
  const size = (<usize>depth) << 5;
  for (let k = depth; k > 0; k--) {
    let source = from;
    let target = to;
    for (let p = panels; p > 0; p--) {
      v128.store(target, flushed(v128.load(source), least));
      v128.store(target, flushed(v128.load(source, 16), least), 16);
      source += 32;
      target += size;
    }
    from += next;
    to += 32;
  }
}
