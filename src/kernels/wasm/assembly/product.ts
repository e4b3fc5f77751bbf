import { multiplyAdd } from './multiplyAdd.ts';
import { addToDoubles, fromDoubles } from './numbers.ts';
import { leastNormal, packFour, packWide } from './pack.ts';
import { combineRun, mapEach } from './passes.ts';
import { reluGradient } from './reluGradient.ts';
import { across } from './spreads.ts';
import { tile } from './tile.ts';

// A panel of the right factor (6 KiB) stays in the L1 cache while the block of the left one (100 KiB) streams from the
// L2 cache. Rows of 256 numbers are long enough for the processor to prefetch while they are packed; a depth that is
// not a power of two keeps the panels from competing for the same few cache lines.
export const blockRows: i32 = 128;
export const blockDepth: i32 = 200;
export const blockColumns: i32 = 256;

/** The steps along the shared axis added in float32: 32 blocks, which lose no more digits than one block. */
const deepest: i32 = 32 * blockDepth;

/** The size up to which a product is computed as dot products. */
const fewest: i32 = 4;

/** The bytes of scratch for blocks: the packed blocks, a tile for partial edges, and alignment. */
function blockScratch(): i32 {
  return (blockRows * blockDepth + blockDepth * blockColumns + 32) * 4 + 64;
}

/** The bytes of scratch for `product`: for long sums also a block of the result in float32 and one in doubles. */
export function productScratch(depth: i32): i32 {
  return blockScratch() + (depth > deepest ? 12 * blockRows * blockColumns : 0);
}

/** Copies the part of a partial tile that is inside the result. */
function moveTile(rows: i32, columns: i32, from: usize, out: usize, outRow: usize, more: bool): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const to = out + ((<usize>j) << 2);
      const value = load<f32>(from + ((<usize>j) << 2));
      store<f32>(to, more ? load<f32>(to) + value : value);
    }
    from += 32;
    out += outRow;
  }
}

/** Packs rows of the left factor into panels of four. */
export function packLeft(rows: i32, depth: i32, from: usize, row: usize, next: usize, to: usize): void {
  const least = leastNormal();
  for (let i = 0; i < rows; i += 4) {
    packFour(rows - i, depth, from, row, next, to, 16, least);
    from += row << 2;
    to += (<usize>depth) << 4;
  }
}

/** Packs columns of the right factor into panels of eight; the last one is padded with zeros. */
export function packRight(
  columns: i32,
  depth: i32,
  from: usize,
  column: usize,
  next: usize,
  to: usize,
): void {
  const least = leastNormal();
  let j = 0;
  if (column === 4) {
    const panels = columns >> 3;
    packWide(panels, depth, from, next, to, least);
    j = panels << 3;
    from += (<usize>j) << 2;
    to += (<usize>depth * <usize>j) << 2;
  }
  for (; j < columns; j += 8) {
    packFour(columns - j, depth, from, column, next, to, 32, least);
    packFour(columns - j - 4, depth, from + (column << 2), column, next, to + 16, 32, least);
    from += column << 3;
    to += (<usize>depth) << 5;
  }
}

/** Multiplies two packed blocks. A panel of the right one stays in the L1 cache for all panels of the left one. */
export function block(
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  right: usize,
  out: usize,
  outRow: usize,
  more: bool,
  edge: usize,
): void {
  for (let j = 0; j < columns; j += 8) {
    let panel = left;
    let to = out;
    for (let i = 0; i < rows; i += 4) {
      if (rows - i >= 4 && columns - j >= 8) tile(depth, panel, right, to, outRow, more);
      else {
        tile(depth, panel, right, edge, 32, false);
        moveTile(min(rows - i, 4), min(columns - j, 8), edge, to, outRow, more);
      }
      panel += (<usize>depth) << 4;
      to += outRow << 2;
    }
    right += (<usize>depth) << 5;
    out += 32;
  }
}

/** The depth of a block: equal steps rather than full ones and a small remainder. */
export function depthStep(depth: i32): i32 {
  const steps = (depth + blockDepth - 1) / blockDepth;
  return min(((depth + steps - 1) / steps + 3) & ~3, blockDepth);
}

/** The product for a short shared axis, as in `product`; `outRow` is the bytes between rows of the result. */
function blocks(
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  leftRow: usize,
  leftNext: usize,
  right: usize,
  rightColumn: usize,
  rightNext: usize,
  out: usize,
  outRow: usize,
  scratch: usize,
): void {
  const packedLeft = (scratch + 63) & ~63;
  const packedRight = packedLeft + blockRows * blockDepth * 4;
  const edge = packedRight + blockDepth * blockColumns * 4;
  const step = depthStep(depth);
  for (let i = 0; i < rows; i += blockRows) {
    const height = min(blockRows, rows - i);
    for (let k = 0; k < depth; k += step) {
      const deep = min(step, depth - k);
      packLeft(height, deep, left + <usize>i * leftRow + <usize>k * leftNext, leftRow, leftNext, packedLeft);
      for (let j = 0; j < columns; j += blockColumns) {
        const width = min(blockColumns, columns - j);
        packRight(
          width,
          deep,
          right + <usize>j * rightColumn + <usize>k * rightNext,
          rightColumn,
          rightNext,
          packedRight,
        );
        const to = out + <usize>i * outRow + ((<usize>j) << 2);
        block(height, width, deep, packedLeft, packedRight, to, outRow, k > 0, edge);
      }
    }
  }
}

/** The dot product of two runs of numbers. */
function runProduct(count: i32, x: usize, y: usize): f64 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count >= 16; count -= 16) {
    a = multiplyAdd(v128.load(x), v128.load(y), a);
    b = multiplyAdd(v128.load(x, 16), v128.load(y, 16), b);
    c = multiplyAdd(v128.load(x, 32), v128.load(y, 32), c);
    d = multiplyAdd(v128.load(x, 48), v128.load(y, 48), d);
    x += 64;
    y += 64;
  }
  let sum = across(a) + across(b) + across(c) + across(d);
  for (; count > 0; count--) {
    sum += <f64>load<f32>(x) * <f64>load<f32>(y);
    x += 4;
    y += 4;
  }
  return sum;
}

/** The product of few contiguous rows and few contiguous columns. */
function fewSums(
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  leftRow: usize,
  right: usize,
  rightColumn: usize,
  out: usize,
  outRow: usize,
): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const to = out + <usize>i * outRow + ((<usize>j) << 2);
      let x = left + <usize>i * leftRow;
      let y = right + <usize>j * rightColumn;
      let sum: f64 = 0;
      for (let rest = depth; rest > 0; rest -= 1024) {
        sum += runProduct(min(rest, 1024), x, y);
        x += 4096;
        y += 4096;
      }
      store<f32>(to, <f32>sum);
    }
}

/** The product for a long shared axis, as in `product`: one block of the result at a time, in doubles. */
function deepProduct(
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  leftRow: usize,
  leftNext: usize,
  right: usize,
  rightColumn: usize,
  rightNext: usize,
  out: usize,
  outRow: usize,
  scratch: usize,
): void {
  const part = (scratch + blockScratch() + 15) & ~15;
  const doubles = part + 4 * blockRows * blockColumns;
  for (let i = 0; i < rows; i += blockRows) {
    const height = min(blockRows, rows - i);
    for (let j = 0; j < columns; j += blockColumns) {
      const width = min(blockColumns, columns - j);
      const bytes = (<usize>width) << 2;
      memory.fill(doubles, 0, (<usize>(height * width)) << 3);
      for (let k = 0; k < depth; k += deepest) {
        const deep = min(deepest, depth - k);
        const leftPart = left + <usize>i * leftRow + <usize>k * leftNext;
        const rightPart = right + <usize>j * rightColumn + <usize>k * rightNext;
        blocks(
          height,
          width,
          deep,
          leftPart,
          leftRow,
          leftNext,
          rightPart,
          rightColumn,
          rightNext,
          part,
          bytes,
          scratch,
        );
        addToDoubles(height * width, part, doubles);
      }
      let to = out + <usize>i * outRow + ((<usize>j) << 2);
      for (let row = 0; row < height; row++) {
        const from = doubles + <usize>row * (bytes << 1);
        fromDoubles(width, from, 1, to);
        to += outRow;
      }
    }
  }
}

/**
 * The product of two float32 matrices, written row by row. Few digits are lost, however long the shared axis is.
 *
 * @param left the left factor: its number at row i and step k is `i leftRow + k leftNext` bytes further
 * @param right the right factor: its number at step k and column j is `j rightColumn + k rightNext` bytes further; for
 * each factor one of the two strides is 4
 * @param outRow the bytes between rows of the output
 * @param scratch `productScratch(depth)` bytes
 */
function product(
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  leftRow: usize,
  leftNext: usize,
  right: usize,
  rightColumn: usize,
  rightNext: usize,
  out: usize,
  outRow: usize,
  scratch: usize,
): void {
  if (depth === 0) {
    for (let row = 0; row < rows; row++) memory.fill(out + <usize>row * outRow, 0, (<usize>columns) << 2);
  } else if (depth > deepest && rows <= fewest && columns <= fewest && leftNext === 4 && rightNext === 4)
    fewSums(rows, columns, depth, left, leftRow, right, rightColumn, out, outRow);
  else if (depth > deepest)
    deepProduct(
      rows,
      columns,
      depth,
      left,
      leftRow,
      leftNext,
      right,
      rightColumn,
      rightNext,
      out,
      outRow,
      scratch,
    );
  else
    blocks(
      rows,
      columns,
      depth,
      left,
      leftRow,
      leftNext,
      right,
      rightColumn,
      rightNext,
      out,
      outRow,
      scratch,
    );
}

/** Adds biases to rows of a product, and rectifies them or cuts them to where a mask is above 0; see `products`. */
function finish(
  first: i32,
  rows: i32,
  columns: i32,
  out: usize,
  outRow: usize,
  bias: usize,
  every: i32,
  mask: usize,
  rectified: bool,
): void {
  for (let row = first; row < first + rows; row++) {
    if (bias !== 0) combineRun(0, columns, out, 4, bias + <usize>(row / every) * outRow, 4, out);
    if (rectified) mapEach(0, columns, 0, out, out);
    if (mask !== 0) {
      reluGradient(columns, out, mask, out);
      mask += outRow;
    }
    out += outRow;
  }
}

/**
 * The products of several pairs of matrices of the same sizes, one result behind the other; see `product`. What follows in the
 * same pass meets numbers that are still in the cache.
 *
 * @param offsets of each pair, in bytes from `left` and `right`; 0 for a single pair that begins there
 * @param first the number of the first row among those of all results
 * @param bias rows of numbers to add, as far apart as those of the output, each to `every` rows of all results; 0 for none
 * @param mask the result of a rectifier, laid out like the output, whose gradient follows; 0 for none
 * @param rectified whether a rectifier follows
 */
export function products(
  count: i32,
  offsets: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  left: usize,
  leftRow: usize,
  leftNext: usize,
  right: usize,
  rightColumn: usize,
  rightNext: usize,
  out: usize,
  outRow: usize,
  first: i32,
  bias: usize,
  every: i32,
  mask: usize,
  rectified: bool,
  scratch: usize,
): void {
  const finished = bias !== 0 || mask !== 0 || rectified;
  // A long sum of few rows is added in another way, so these stay together.
  const step = finished && depth <= deepest ? blockRows : rows;
  for (let pair = 0; pair < count; pair++) {
    const own = offsets + ((<usize>pair) << 3);
    const leftOwn = left + (offsets === 0 ? 0 : <usize>load<u32>(own));
    const rightOwn = right + (offsets === 0 ? 0 : <usize>load<u32>(own, 4));
    for (let row = 0; row < rows; row += step) {
      const height = min(step, rows - row);
      product(
        height,
        columns,
        depth,
        leftOwn + <usize>row * leftRow,
        leftRow,
        leftNext,
        rightOwn,
        rightColumn,
        rightNext,
        out,
        outRow,
        scratch,
      );
      if (finished) finish(first, height, columns, out, outRow, bias, every, mask, rectified);
      const bytes = <usize>height * outRow;
      first += height;
      out += bytes;
      if (mask !== 0) mask += bytes;
    }
  }
}
