import { bernoulli } from './bernoulli.ts';
import { fillNormalTable, normal, normalTable } from './normal.ts';
import { threefry } from './threefry.ts';
import { uniform } from './uniform.ts';

// 4 KiB stay in the first cache. The functions that do the work are short and called often: V8 exchanges a slow version
// of a function for a fast one only when the function is called.
const chunk: i32 = 1024;

/** Bytes of scratch that `draw` needs: constants, a last chunk that is not full, and room to align. */
export function drawScratch(): i32 {
  return chunk * 4 + normalTable() + 64;
}

function shaped(kind: i32, count: i32, place: usize, x: f32, y: f32, table: usize): void {
  if (kind === 0) normal(count, place, table);
  else if (kind === 1) uniform(count, place, x, y);
  else bernoulli(count, place, x);
}

/**
 * Writes a key's first draws as float32: draw i is made of the counter i alone.
 *
 * @param kind 0 for standard normal numbers, 1 for uniform ones (x: the lower end, y: the range), 2 for ones and zeros
 * (x: the threshold)
 * @param scratch `drawScratch` bytes
 */
export function draw(
  kind: i32,
  k0: i32,
  k1: i32,
  size: i32,
  x: f32,
  y: f32,
  out: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  const last = table + <usize>normalTable();
  fillNormalTable(table);
  for (let start = 0; start < size; start += chunk) {
    const count = min(chunk, size - start);
    const place = count === chunk ? out : last;
    // Memory of 4 GiB holds no 2^32 numbers: the counter's upper word is zero.
    threefry(k0, k1, 0, start, count, place);
    shaped(kind, count, place, x, y, table);
    if (place === last) memory.copy(out, last, (<usize>count) << 2);
    out += chunk * 4;
  }
}
