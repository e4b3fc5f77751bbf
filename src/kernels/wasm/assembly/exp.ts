import { exponential, exponentialLessOne, exponentialTable, fillExponentialTable } from './exponential.ts';
import { clearNumbers, copyNumbers } from './numbers.ts';

/** The bytes of scratch for `exp` and `expm1`: constants, alignment, and a vector for the last few numbers. */
export function expScratch(): i32 {
  return exponentialTable() + 64 + 16;
}

/** The exponential function of each number. */
export function exp(count: i32, x: usize, out: usize, scratch: usize): void {
  const table = (scratch + 63) & ~63;
  fillExponentialTable(table);
  for (; count >= 4; count -= 4) {
    v128.store(out, exponential(v128.load(x), table));
    x += 16;
    out += 16;
  }
  const last = table + exponentialTable();
  clearNumbers(4, last);
  copyNumbers(count, x, last);
  v128.store(last, exponential(v128.load(last), table));
  copyNumbers(count, last, out);
}

/** The exponential function of each number, minus one. */
export function expm1(count: i32, x: usize, out: usize, scratch: usize): void {
  const table = (scratch + 63) & ~63;
  fillExponentialTable(table);
  for (; count >= 4; count -= 4) {
    v128.store(out, exponentialLessOne(v128.load(x), table));
    x += 16;
    out += 16;
  }
  const last = table + exponentialTable();
  clearNumbers(4, last);
  copyNumbers(count, x, last);
  v128.store(last, exponentialLessOne(v128.load(last), table));
  copyNumbers(count, last, out);
}
