import { exponential } from './exponential.ts';
import {
  drawNoise,
  fillTables,
  keyAt,
  noiseTable,
  normalDrawScratch,
  runsAt,
  spreadTable,
} from './normalDrawScratch.ts';
import { flushed, leastNormal } from './pack.ts';
import { block, blockColumns, blockDepth, blockRows, depthStep, packLeft } from './product.ts';

/** The bytes of scratch for `drawnProduct`: that of draws, both packed blocks, standard deviations, a tile, and alignment. */
export function drawnProductScratch(): i32 {
  return normalDrawScratch() + (blockRows * blockDepth + 2 * blockDepth * blockColumns + 32) * 4 + 64;
}

/** The standard deviations of a block of weights, row by row. */
function deviations(deep: i32, width: i32, from: usize, row: usize, to: usize, table: usize): void {
  for (; deep > 0; deep--) {
    let at = from;
    for (let left = width; left > 0; left -= 4) {
      v128.store(to, exponential(v128.load(at), table));
      at += 16;
      to += 16;
    }
    from += row;
  }
}

/** A row of draws, as `normalDraw` has them, into its places in all panels, which are `size` bytes apart. */
function intoPanels(
  width: i32,
  mean: usize,
  deviation: usize,
  noise: usize,
  to: usize,
  size: usize,
  least: v128,
): void {
  for (; width > 0; width -= 8) {
    const low = f32x4.add(v128.load(mean), f32x4.mul(v128.load(deviation), v128.load(noise)));
    const high = f32x4.add(v128.load(mean, 16), f32x4.mul(v128.load(deviation, 16), v128.load(noise, 16)));
    v128.store(to, flushed(low, least));
    v128.store(to, flushed(high, least), 16);
    mean += 32;
    deviation += 32;
    noise += 32;
    to += size;
  }
}

/** Draws a block of one key's weights into panels; `start` is its first weight, and `columns` are those of all weights. */
function drawPanels(
  key: usize,
  start: i32,
  columns: i32,
  deep: i32,
  width: i32,
  mean: usize,
  deviation: usize,
  noise: usize,
  panels: usize,
  table: usize,
): void {
  const least = leastNormal();
  const size = (<usize>deep) << 5;
  for (; deep > 0; deep--) {
    drawNoise(key, start, width, noise, table);
    intoPanels(width, mean, deviation, noise, panels, size, least);
    start += columns;
    mean += (<usize>columns) << 2;
    deviation += (<usize>width) << 2;
    panels += 32;
  }
}

/**
 * For each key, the product of rows and the weights that `normalDraw` draws, of which one block at a time is kept: the columns
 * from `first` to `last`, multiples of eight.
 *
 * @param words two for each key
 * @param x the rows of the first key
 * @param xStep the bytes from there to those of the next one; 0 if all keys share them
 * @param out all rows of the first key, then those of the next
 * @param scratch `drawnProductScratch` bytes
 */
export function drawnProduct(
  first: i32,
  last: i32,
  rows: i32,
  columns: i32,
  depth: i32,
  keys: i32,
  words: usize,
  x: usize,
  xStep: usize,
  mean: usize,
  logStd: usize,
  out: usize,
  scratch: usize,
): void {
  const table = noiseTable(scratch);
  const noise = runsAt(scratch);
  const packedLeft = (scratch + <usize>normalDrawScratch() + 63) & ~63;
  const packedRight = packedLeft + blockRows * blockDepth * 4;
  const deviation = packedRight + blockDepth * blockColumns * 4;
  const edge = deviation + blockDepth * blockColumns * 4;
  const row = (<usize>columns) << 2;
  const xRow = (<usize>depth) << 2;
  const step = depthStep(depth);
  fillTables(scratch);
  for (let j = first; j < last; j += blockColumns) {
    const width = min(blockColumns, last - j);
    for (let k = 0; k < depth; k += step) {
      const deep = min(step, depth - k);
      const at = <usize>k * row + ((<usize>j) << 2);
      deviations(deep, width, logStd + at, row, deviation, spreadTable(scratch));
      for (let s = 0; s < keys; s++) {
        const start = k * columns + j;
        drawPanels(
          keyAt(words, s),
          start,
          columns,
          deep,
          width,
          mean + at,
          deviation,
          noise,
          packedRight,
          table,
        );
        for (let i = 0; i < rows; i += blockRows) {
          const height = min(blockRows, rows - i);
          // What all keys share is still there, if it is one block.
          if (s === 0 || xStep !== 0 || rows > blockRows)
            packLeft(
              height,
              deep,
              x + <usize>s * xStep + <usize>i * xRow + ((<usize>k) << 2),
              xRow,
              4,
              packedLeft,
            );
          const to = out + (<usize>s * <usize>rows + <usize>i) * row + ((<usize>j) << 2);
          block(height, width, deep, packedLeft, packedRight, to, row, k > 0, edge);
        }
      }
    }
  }
}
