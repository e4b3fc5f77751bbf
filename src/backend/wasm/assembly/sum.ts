import { addNumbers } from './numbers.ts';
import { across } from './spreads.ts';

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
  let sum = across(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  for (; count > 0; count--) {
    sum += <f64>load<f32>(x);
    x += 4;
  }
  return sum;
}

/** The sum of each row. Runs of a row are added in doubles, so that long rows keep their digits. */
export function sumRows(rows: i32, columns: i32, x: usize, out: usize): void {
  for (let row = 0; row < rows; row++) {
    let sum: f64 = 0;
    for (let left = columns; left > 0; left -= 4096) {
      const count = min(left, 4096);
      sum += runSum(count, x);
      x += (<usize>count) << 2;
    }
    store<f32>(out, <f32>sum);
    out += 4;
  }
}

/** The sum of all rows of each matrix, number by number. */
export function sumColumns(matrices: i32, rows: i32, columns: i32, x: usize, out: usize): void {
  const bytes = (<usize>columns) << 2;
  memory.fill(out, 0, <usize>matrices * bytes);
  for (let m = 0; m < matrices; m++) {
    for (let row = 0; row < rows; row++) {
      addNumbers(columns, x, out);
      x += bytes;
    }
    out += bytes;
  }
}
