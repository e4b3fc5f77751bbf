import { addNumbers, addToDoubles, fromDoubles } from './numbers.ts';
import { across } from './spreads.ts';

// Numbers are added in float32 as long as they are few, which costs no more than 2e-6 of their sum, and what these blocks
// come to in doubles.

/** Numbers of a row that are added in float32: 64 by each of sixteen sums. */
const rowBlock: i32 = 1024;

/** Rows that are added in float32. */
const rowsOfBlock: i32 = 64;

/** Columns whose sums stay in the first cache while all rows pass. */
const strip: i32 = 1024;

/** Columns that are too few for vectors: as many rows as fit are taken as one. */
const narrow: i32 = 32;

/** Bytes of scratch that `sumColumns` needs: sums of a block in float32 and of all in doubles, for each column of a strip. */
export function sumScratch(): i32 {
  return 16 + 12 * strip;
}

/** The sum of a run of numbers, by sixteen that are independent of each other. */
function runSum(count: i32, x: usize): f64 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; count >= 16; count -= 16) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
    x += 64;
  }
  let sum = across(a) + across(b) + across(c) + across(d);
  for (; count > 0; count--) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** The sum of each row, divided by a number. */
export function sumRows(rows: i32, columns: i32, divisor: f64, x: usize, out: usize): void {
  for (let row = 0; row < rows; row++) {
    let sum: f64 = 0;
    for (let left = columns; left > 0; left -= rowBlock) {
      const count = min(left, rowBlock);
      sum += runSum(count, x);
      x += (<usize>count) << 2;
    }
    store<f32>(out, <f32>(sum / divisor));
    out += 4;
  }
}

/** Adds all rows of some columns to doubles, in blocks. */
function addRows(rows: i32, columns: i32, bytes: usize, x: usize, block: usize, doubles: usize): void {
  for (; rows > 0; rows -= rowsOfBlock) {
    memory.fill(block, 0, (<usize>columns) << 2);
    for (let row = min(rows, rowsOfBlock); row > 0; row--) {
      addNumbers(columns, x, block);
      x += bytes;
    }
    addToDoubles(columns, block, doubles);
  }
}

/** The sums of few columns: a row of the sum is of several rows, which are added at the end. */
function sumNarrow(
  rows: i32,
  columns: i32,
  divisor: f64,
  x: usize,
  out: usize,
  block: usize,
  doubles: usize,
): void {
  const fold = (2 * narrow) / columns;
  const wide = fold * columns;
  const bytes = (<usize>wide) << 2;
  const wideRows = rows / fold;
  memory.fill(doubles, 0, bytes << 1);
  addRows(wideRows, wide, bytes, x, block, doubles);
  addToDoubles((rows - wideRows * fold) * columns, x + <usize>wideRows * bytes, doubles);
  for (let i = 1; i < fold; i++)
    for (let j = 0; j < columns; j++) {
      const to = doubles + ((<usize>j) << 3);
      store<f64>(to, load<f64>(to) + load<f64>(doubles + ((<usize>(i * columns + j)) << 3)));
    }
  fromDoubles(columns, doubles, divisor, out);
}

/** The sum of all rows of each matrix, column by column, divided by a number. */
export function sumColumns(
  matrices: i32,
  rows: i32,
  columns: i32,
  divisor: f64,
  x: usize,
  out: usize,
  scratch: usize,
): void {
  const doubles = (scratch + 15) & ~15;
  const block = doubles + 8 * strip;
  const bytes = (<usize>columns) << 2;
  if (columns === 0) return;
  for (let m = 0; m < matrices; m++) {
    if (columns < narrow) sumNarrow(rows, columns, divisor, x, out, block, doubles);
    else
      for (let j = 0; j < columns; j += strip) {
        const count = min(columns - j, strip);
        memory.fill(doubles, 0, (<usize>count) << 3);
        addRows(rows, count, bytes, x + ((<usize>j) << 2), block, doubles);
        fromDoubles(count, doubles, divisor, out + ((<usize>j) << 2));
      }
    x += <usize>rows * bytes;
    out += bytes;
  }
}
