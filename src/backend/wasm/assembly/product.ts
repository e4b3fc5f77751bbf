import { leastNormal, packFour, packWide } from './pack.ts';
import { tile } from './tile.ts';

// A panel of the right factor (6 KiB) stays in the first cache while the block of the left one (100 KiB) passes from the
// second. Rows of 256 numbers are long enough for the processor to fetch ahead while they are packed; a depth that is no
// power of two keeps the panels from falling on the same few lines of the caches.
const blockRows: i32 = 128;
const blockDepth: i32 = 200;
const blockColumns: i32 = 256;

/** Bytes of scratch that `product` needs: the packed blocks, a tile for the ragged edges, and room to align. */
export function productScratch(): i32 {
  return (blockRows * blockDepth + blockDepth * blockColumns + 32) * 4 + 64;
}

/** Moves what a ragged tile has inside the result. */
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

function packLeft(rows: i32, depth: i32, from: usize, row: usize, next: usize, to: usize): void {
  const least = leastNormal();
  for (let i = 0; i < rows; i += 4) {
    packFour(rows - i, depth, from, row, next, to, 16, least);
    from += row << 2;
    to += (<usize>depth) << 4;
  }
}

/** Packs columns of the right factor into panels of eight; the last one is filled up with zeros. */
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

/** Multiplies two packed blocks. A panel of the right one stays in the first cache while the left ones pass. */
function block(
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

/**
 * The product of two float32 matrices, written row by row, or added to what is there.
 *
 * @param left the left factor: its number at row i and step k stands `i leftRow + k leftNext` bytes further
 * @param right the right factor: its number at step k and column j stands `j rightColumn + k rightNext` bytes further;
 * of each factor one of the two is 4
 * @param scratch `productScratch` bytes
 * @param onto whether to add
 */
export function product(
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
  scratch: usize,
  onto: bool,
): void {
  const outRow = (<usize>columns) << 2;
  if (depth === 0) {
    if (!onto) memory.fill(out, 0, <usize>rows * outRow);
    return;
  }
  const packedLeft = (scratch + 63) & ~63;
  const packedRight = packedLeft + blockRows * blockDepth * 4;
  const edge = packedRight + blockDepth * blockColumns * 4;
  // Equal steps rather than full ones and a small rest.
  const steps = (depth + blockDepth - 1) / blockDepth;
  const step = min(((depth + steps - 1) / steps + 3) & ~3, blockDepth);
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
        block(height, width, deep, packedLeft, packedRight, to, outRow, onto || k > 0, edge);
      }
    }
  }
}
