import { addNumbers } from './numbers.ts';

/**
 * Sums the rows of each segment; a row whose segment is out of range counts nowhere.
 *
 * @param rows rows of `depth` numbers
 * @param segments rows of the result
 * @param ids for each row the row of the result that it belongs to
 */
export function segmentSum(rows: i32, depth: i32, segments: i32, ids: usize, x: usize, out: usize): void {
  const row = (<usize>depth) << 2;
  memory.fill(out, 0, <usize>segments * row);
  for (; rows > 0; rows--) {
    const segment = load<i32>(ids);
    if (<u32>segment < <u32>segments) addNumbers(depth, x, out + <usize>segment * row);
    ids += 4;
    x += row;
  }
}
