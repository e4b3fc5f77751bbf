import { multiplyAdd } from './multiplyAdd.ts';

// Convolutions without patches: the windows are read in place. An image is padded in scratch (see planes.ts), so that
// a window is a few runs of numbers at fixed offsets from its first pixel, wherever it is. One table holds these
// offsets in bytes, another one the windows' first pixels.

/** Adds to eight adjacent numbers. */
function addEight(out: usize, low: v128, high: v128): void {
  v128.store(out, f32x4.add(v128.load(out), low));
  v128.store(out, f32x4.add(v128.load(out, 16), high), 16);
}

/**
 * Adds to a tile of 4 by 8 numbers: for each step of each run, four numbers of the left side, one per row, times eight
 * of the right side. Its eight vectors stay in registers; one step per iteration, as in tile.ts.
 *
 * @param runs the number of runs per row, of `length` numbers each
 * @param offsets the start of each run, in bytes from the start of a row
 * @param right a panel of 8 columns and `runs length` rows
 */
function addTile(
  left0: usize,
  left1: usize,
  left2: usize,
  left3: usize,
  runs: i32,
  length: i32,
  offsets: usize,
  right: usize,
  out0: usize,
  out1: usize,
  out2: usize,
  out3: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (; runs > 0; runs--) {
    const offset = <usize>load<u32>(offsets);
    let pa = left0 + offset;
    let pb = left1 + offset;
    let pc = left2 + offset;
    let pd = left3 + offset;
    const end = pa + ((<usize>length) << 2);
    while (pa < end) {
      const r0 = v128.load(right);
      const r1 = v128.load(right, 16);
      const a = v128.load32_splat(pa);
      a0 = multiplyAdd(a, r0, a0);
      a1 = multiplyAdd(a, r1, a1);
      const b = v128.load32_splat(pb);
      b0 = multiplyAdd(b, r0, b0);
      b1 = multiplyAdd(b, r1, b1);
      const c = v128.load32_splat(pc);
      c0 = multiplyAdd(c, r0, c0);
      c1 = multiplyAdd(c, r1, c1);
      const d = v128.load32_splat(pd);
      d0 = multiplyAdd(d, r0, d0);
      d1 = multiplyAdd(d, r1, d1);
      pa += 4;
      pb += 4;
      pc += 4;
      pd += 4;
      right += 32;
    }
    offsets += 4;
  }
  addEight(out0, a0, a1);
  addEight(out1, b0, b1);
  addEight(out2, c0, c1);
  addEight(out3, d0, d1);
}

/** The length of a block of products that are added one after the other. */
const block: i32 = 256;

/** `addProductsOfRows` for one block of each row; a whole panel is `size` bytes. */
function addShort(
  rows: i32,
  panels: i32,
  runs: i32,
  length: i32,
  offsets: usize,
  left: usize,
  leftRows: usize,
  right: usize,
  out: usize,
  outRows: usize,
  spare: usize,
  size: usize,
): void {
  for (; panels > 0; panels--) {
    let from = leftRows;
    let to = outRows;
    for (let i = rows; i > 0; i -= 4) {
      const left0 = left + <usize>load<u32>(from);
      const out0 = out + <usize>load<u32>(to);
      if (i >= 4)
        addTile(
          left0,
          left + <usize>load<u32>(from, 4),
          left + <usize>load<u32>(from, 8),
          left + <usize>load<u32>(from, 12),
          runs,
          length,
          offsets,
          right,
          out0,
          out + <usize>load<u32>(to, 4),
          out + <usize>load<u32>(to, 8),
          out + <usize>load<u32>(to, 12),
        );
      else
        addTile(
          left0,
          i > 1 ? left + <usize>load<u32>(from, 4) : left0,
          i > 2 ? left + <usize>load<u32>(from, 8) : left0,
          left0,
          runs,
          length,
          offsets,
          right,
          out0,
          i > 1 ? out + <usize>load<u32>(to, 4) : spare + 32,
          i > 2 ? out + <usize>load<u32>(to, 8) : spare + 64,
          spare + 96,
        );
      from += 16;
      to += 16;
    }
    right += size;
    out += 32;
  }
}

/**
 * Adds to each row of the result the product of a row of the left side and the right side. Tables locate the rows, so
 * that one function serves the convolution (rows of the left side are windows of an image) and its gradient with
 * respect to the image (rows of the result are pixels under one tap).
 *
 * @param rows the number of rows
 * @param panels of 8 columns each, consecutive, with `runs length` rows
 * @param leftRows the start of each row of the left side, in bytes from `left`
 * @param outRows the same for the result
 * @param spare 128 bytes that replace the missing rows of a last tile
 */
export function addProductsOfRows(
  rows: i32,
  panels: i32,
  runs: i32,
  length: i32,
  offsets: usize,
  left: usize,
  leftRows: usize,
  right: usize,
  out: usize,
  outRows: usize,
  spare: usize,
): void {
  const size = (<usize>(runs * length)) << 5;
  const step = length < block ? length : block;
  // Several short runs, or part of a long one.
  const runsPerBlock = length < block ? block / max(length, 1) : 1;
  for (let run = 0; run < runs; run += runsPerBlock) {
    const count = min(runsPerBlock, runs - run);
    for (let k = 0; k < length; k += step) {
      const from = left + ((<usize>k) << 2);
      const panel = right + ((<usize>(run * length + k)) << 5);
      const runsAt = offsets + ((<usize>run) << 2);
      addShort(
        rows,
        panels,
        count,
        min(step, length - k),
        runsAt,
        from,
        leftRows,
        panel,
        out,
        outRows,
        spare,
        size,
      );
    }
  }
}

/**
 * Adds to a tile of 4 by 8 numbers: for each window, four adjacent numbers of it times eight of its row of `dy`.
 *
 * @param windows the windows' first pixels, in bytes from `left`
 * @param step the bytes between rows of `dy`
 * @param row the bytes between rows of the result
 */
function addOuterTile(
  count: i32,
  left: usize,
  windows: usize,
  dy: usize,
  step: usize,
  out: usize,
  row: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (; count > 0; count--) {
    const from = left + <usize>load<u32>(windows);
    const r0 = v128.load(dy);
    const r1 = v128.load(dy, 16);
    let x = v128.load32_splat(from);
    a0 = multiplyAdd(x, r0, a0);
    a1 = multiplyAdd(x, r1, a1);
    x = v128.load32_splat(from, 4);
    b0 = multiplyAdd(x, r0, b0);
    b1 = multiplyAdd(x, r1, b1);
    x = v128.load32_splat(from, 8);
    c0 = multiplyAdd(x, r0, c0);
    c1 = multiplyAdd(x, r1, c1);
    x = v128.load32_splat(from, 12);
    d0 = multiplyAdd(x, r0, d0);
    d1 = multiplyAdd(x, r1, d1);
    windows += 4;
    dy += step;
  }
  addEight(out, a0, a1);
  out += row;
  addEight(out, b0, b1);
  out += row;
  addEight(out, c0, c1);
  out += row;
  addEight(out, d0, d1);
}

/**
 * Adds to the gradient of a filter, one row for each number of a window: that number times the window's row of `dy`.
 * The rows of a run are rounded up to a multiple of four, and the image is read that far.
 *
 * @param count the number of windows
 * @param panels of 8 columns each: a row of `dy` and of the result is `8 panels` numbers
 * @param offsets the start of each run, in bytes from a window's first pixel
 */
export function addOuterProducts(
  count: i32,
  panels: i32,
  runs: i32,
  length: i32,
  offsets: usize,
  image: usize,
  windows: usize,
  dy: usize,
  out: usize,
): void {
  const row = (<usize>panels) << 5;
  for (; runs > 0; runs--) {
    let left = image + <usize>load<u32>(offsets);
    for (let k = 0; k < length; k += 4) {
      for (let j = 0; j < panels; j++) {
        const column = (<usize>j) << 5;
        addOuterTile(count, left, windows, dy + column, row, out + column, row);
      }
      left += 16;
      out += row << 2;
    }
    offsets += 4;
  }
}
