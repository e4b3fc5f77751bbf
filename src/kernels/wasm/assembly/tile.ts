import { multiplyAdd } from './multiplyAdd.ts';

/** Repeats each block of bytes `times` times. */
export function repeat(blocks: i32, bytes: usize, times: i32, from: usize, out: usize): void {
  const whole = <usize>times * bytes;
  for (let block = 0; block < blocks; block++) {
    memory.copy(out, from, bytes);
    // Appends a copy of the bytes written so far, doubling them each time.
    let done = bytes;
    while (done < whole) {
      const more = min(done, whole - done);
      memory.copy(out + done, out, more);
      done += more;
    }
    from += bytes;
    out += whole;
  }
}

/**
 * A tile of 4 by 8 numbers of a product, from a packed panel of each factor. Its eight vectors stay in registers: each
 * step along the shared axis multiplies two vectors of the right factor by four broadcast numbers of the left one. One
 * step per iteration: V8 moves all loads of an iteration to its start, and those of two need too many registers.
 *
 * @param depth the steps along the shared axis
 * @param left a panel of 4 rows
 * @param right a panel of 8 columns
 * @param out the tile's first number
 * @param row the bytes between rows of the result
 * @param more whether to add to the output
 */
export function tile(depth: i32, left: usize, right: usize, out: usize, row: usize, more: bool): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const end = left + ((<usize>depth) << 4);
  while (left < end) {
    const r0 = v128.load(right);
    const r1 = v128.load(right, 16);
    const a = v128.load32_splat(left);
    a0 = multiplyAdd(a, r0, a0);
    a1 = multiplyAdd(a, r1, a1);
    const b = v128.load32_splat(left, 4);
    b0 = multiplyAdd(b, r0, b0);
    b1 = multiplyAdd(b, r1, b1);
    const c = v128.load32_splat(left, 8);
    c0 = multiplyAdd(c, r0, c0);
    c1 = multiplyAdd(c, r1, c1);
    const d = v128.load32_splat(left, 12);
    d0 = multiplyAdd(d, r0, d0);
    d1 = multiplyAdd(d, r1, d1);
    left += 16;
    right += 32;
  }
  const outB = out + row;
  const outC = outB + row;
  const outD = outC + row;
  if (more) {
    a0 = f32x4.add(v128.load(out), a0);
    a1 = f32x4.add(v128.load(out, 16), a1);
    b0 = f32x4.add(v128.load(outB), b0);
    b1 = f32x4.add(v128.load(outB, 16), b1);
    c0 = f32x4.add(v128.load(outC), c0);
    c1 = f32x4.add(v128.load(outC, 16), c1);
    d0 = f32x4.add(v128.load(outD), d0);
    d1 = f32x4.add(v128.load(outD, 16), d1);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outC, c0);
  v128.store(outC, c1, 16);
  v128.store(outD, d0);
  v128.store(outD, d1, 16);
}
