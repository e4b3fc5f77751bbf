import { addNumbers, addToDoubles, fromDoubles } from './numbers.ts';

/** The longest segment that is added in float32; longer ones are added in doubles. */
const most: i32 = 64;

/**
 * Numbers the segments that have many rows.
 *
 * @param slots for each segment its number, from 1, or 0 if it has few rows
 * @returns the number of long segments
 */
export function longSegments(rows: i32, segments: i32, ids: usize, slots: usize): i32 {
  memory.fill(slots, 0, (<usize>segments) << 2);
  for (; rows > 0; rows--) {
    const segment = load<i32>(ids);
    if (<u32>segment < <u32>segments) {
      const at = slots + ((<usize>segment) << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
    ids += 4;
  }
  let long = 0;
  for (; segments > 0; segments--) {
    store<i32>(slots, load<i32>(slots) > most ? ++long : 0);
    slots += 4;
  }
  return long;
}

/**
 * Sums the rows of each segment; rows whose segment is out of range are ignored.
 *
 * @param rows rows of `depth` numbers
 * @param segments the rows of the result
 * @param ids for each row the row of the result that it is added to
 * @param long the result of `longSegments`, and `slots` its output
 * @param doubles scratch for the sums of long segments in doubles
 */
export function segmentSum(
  rows: i32,
  depth: i32,
  segments: i32,
  ids: usize,
  x: usize,
  out: usize,
  long: i32,
  slots: usize,
  doubles: usize,
): void {
  const row = (<usize>depth) << 2;
  memory.fill(out, 0, <usize>segments * row);
  memory.fill(doubles, 0, <usize>long * (row << 1));
  for (; rows > 0; rows--) {
    const segment = load<i32>(ids);
    if (<u32>segment < <u32>segments) {
      const slot = load<i32>(slots + ((<usize>segment) << 2));
      if (slot > 0) addToDoubles(depth, x, doubles + <usize>(slot - 1) * (row << 1));
      else addNumbers(depth, x, out + <usize>segment * row);
    }
    ids += 4;
    x += row;
  }
  for (; segments > 0; segments--) {
    const slot = load<i32>(slots);
    if (slot > 0) fromDoubles(depth, doubles + <usize>(slot - 1) * (row << 1), 1, out);
    slots += 4;
    out += row;
  }
}
