import { copyNumbers } from './numbers.ts';

/**
 * Swaps the middle two of four axes, `[outer, rows, columns, count]`: writes what has the numbers `first` to `last` among all
 * columns of all outer items.
 *
 * @param count the 32-bit numbers of a block, which are moved together
 */
export function swapMiddle(
  first: i32,
  last: i32,
  rows: i32,
  columns: i32,
  count: i32,
  from: usize,
  out: usize,
): void {
  const block = (<usize>count) << 2;
  const step = <usize>columns * block;
  const item = <usize>rows * step;
  out += <usize>first * <usize>rows * block;
  for (let at = first; at < last; at++) {
    let source = from + <usize>(at / columns) * item + <usize>(at % columns) * block;
    for (let row = rows; row > 0; row--) {
      copyNumbers(count, source, out);
      source += step;
      out += block;
    }
  }
}
