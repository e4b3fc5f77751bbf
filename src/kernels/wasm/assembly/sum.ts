import { addNumbers, addToDoubles, fromDoubles } from './numbers.ts';

// Few numbers are added in float32, and these sums in doubles: the result is as good as a sum in doubles up to a few
// roundings, however long it is, and as fast as one in float32.

/** The number of columns whose sums stay in the L2 cache for all rows. */
const strip: i32 = 16384;

/** The assumed size of a cache in bytes. */
const cached: usize = 1 << 22;

/** Up to this many columns several rows are treated as one, to fill vectors. */
const narrow: i32 = 32;

/** The number of rows that are added in float32. */
const few: i32 = 16;

/** The bytes of scratch for `sumColumns`. */
export function sumScratch(columns: i32): i32 {
  return 16 + 12 * max(min(columns, strip), 2 * narrow);
}

/** The sum of each row, divided by a number. */
export function sumRows(rows: i32, columns: i32, divisor: f64, x: usize, out: usize): void {
  for (let row = 0; row < rows; row++) {
    store<f32>(out, <f32>(rowSum(columns, x) / divisor));
    x += (<usize>columns) << 2;
    out += 4;
  }
}

/** The sum of a run of numbers. */
export function rowSum(count: i32, x: usize): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (; count >= 32; count -= 32) {
    const a = f32x4.add(v128.load(x), v128.load(x, 16));
    const b = f32x4.add(v128.load(x, 32), v128.load(x, 48));
    const c = f32x4.add(v128.load(x, 64), v128.load(x, 80));
    const d = f32x4.add(v128.load(x, 96), v128.load(x, 112));
    const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(sum, sum, 2, 3, 0, 1)));
    x += 128;
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; count > 0; count--) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** Adds two rows to a third. */
function addTwo(count: i32, x: usize, y: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.add(v128.load(x), v128.load(y))));
    x += 16;
    y += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + (load<f32>(x) + load<f32>(y)));
    x += 4;
    y += 4;
    to += 4;
  }
}

/** Adds rows of some columns to doubles, in blocks. Data larger than a cache is read sequentially, row by row. */
function addRows(rows: i32, columns: i32, bytes: usize, x: usize, block: usize, doubles: usize): void {
  const near = <usize>rows * bytes <= cached;
  for (; rows >= few; rows -= few) {
    memory.fill(block, 0, (<usize>columns) << 2);
    for (let row = 0; row < few; row += 2) {
      if (near) addTwo(columns, x, x + bytes, block);
      else {
        addNumbers(columns, x, block);
        addNumbers(columns, x + bytes, block);
      }
      x += bytes << 1;
    }
    addToDoubles(columns, block, doubles);
  }
  for (; rows > 0; rows--) {
    addToDoubles(columns, x, doubles);
    x += bytes;
  }
}

/** The sums of few columns: several rows are added as one, and its parts at the end. */
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

/** The sums of few rows. */
function sumFew(rows: i32, columns: i32, bytes: usize, divisor: f64, x: usize, out: usize): void {
  memory.fill(out, 0, (<usize>columns) << 2);
  for (let row = 0; row < rows; row++) {
    addNumbers(columns, x, out);
    x += bytes;
  }
  if (divisor === 1) return;
  for (; columns > 0; columns--) {
    store<f32>(out, <f32>(<f64>load<f32>(out) / divisor));
    out += 4;
  }
}

/**
 * The sum of all rows of each matrix, column by column, divided by a number, for some of the columns.
 *
 * @param bytes those of a whole row; below 128 the columns must be all
 */
export function sumColumns(
  matrices: i32,
  rows: i32,
  columns: i32,
  bytes: usize,
  divisor: f64,
  x: usize,
  out: usize,
  scratch: usize,
): void {
  const doubles = (scratch + 15) & ~15;
  const block = doubles + 8 * max(min(columns, strip), 2 * narrow);
  if (columns === 0) return;
  for (let m = 0; m < matrices; m++) {
    if (rows <= few) sumFew(rows, columns, bytes, divisor, x, out);
    else if (bytes < 4 * narrow) sumNarrow(rows, columns, divisor, x, out, block, doubles);
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
