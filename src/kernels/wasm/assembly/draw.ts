import { fillNormalTable, normal, normalTable } from './normal.ts';
import { threefry, threefryTable } from './threefry.ts';

// 4 KiB fit in the L1 cache. The functions that do the work are short and called often, because V8 replaces a slow
// version of a function by an optimised one only at a call.
const chunk: i32 = 1024;

/** The bytes of scratch for `draw`: constants, the key schedule, a partial last chunk, and alignment. */
export function drawScratch(): i32 {
  return chunk * 4 + normalTable() + threefryTable() + 64;
}

function shaped(kind: i32, count: i32, place: usize, x: f32, y: f32, table: usize): void {
  if (kind === 0) normal(count, place, table);
  else if (kind === 1) uniform(count, place, x, y);
  else bernoulli(count, place, x);
}

/**
 * Writes a key's draws from `start`, a multiple of four, to `end` as float32: draw i depends only on the counter i.
 *
 * @param kind 0 for standard normal numbers, 1 for uniform numbers (x: the lower end, y: the range), 2 for Bernoulli
 * draws (x: the threshold)
 * @param scratch `drawScratch` bytes
 */
export function draw(
  kind: i32,
  k0: i32,
  k1: i32,
  start: i32,
  end: i32,
  x: f32,
  y: f32,
  out: usize,
  scratch: usize,
): void {
  const table = (scratch + 63) & ~63;
  const keys = table + <usize>normalTable();
  const last = keys + <usize>threefryTable();
  fillNormalTable(table);
  out += (<usize>start) << 2;
  for (; start < end; start += chunk) {
    const count = min(chunk, end - start);
    const place = count === chunk ? out : last;
    // 4 GiB of memory hold fewer than 2^32 numbers: the counter's high word is zero.
    threefry(k0, k1, 0, start, count, place, keys);
    shaped(kind, count, place, x, y, table);
    if (place === last) memory.copy(out, last, (<usize>count) << 2);
    out += chunk * 4;
  }
}

/**
 * Turns random bits into ones and zeros, in place: one where the upper 23 bits are below the threshold.
 *
 * @param count rounded up to a multiple of four
 */
export function bernoulli(count: i32, place: usize, threshold: f32): void {
  const edge = f32x4.splat(threshold);
  const one = f32x4.splat(1);
  for (let n = count; n > 0; n -= 4) {
    const fraction = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(place), 9));
    v128.store(place, v128.and(f32x4.lt(fraction, edge), one));
    place += 16;
  }
}

/**
 * Turns random bits into uniform numbers, in place: multiples of 2^-23 in [0, 1), times `range`, plus `low`.
 *
 * @param count rounded up to a multiple of four
 */
export function uniform(count: i32, place: usize, low: f32, range: f32): void {
  const least = f32x4.splat(low);
  const factor = f32x4.splat(range);
  const unit = f32x4.splat(1.1920928955078125e-7);
  for (let n = count; n > 0; n -= 4) {
    const fraction = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(place), 9)), unit);
    v128.store(place, f32x4.add(f32x4.mul(fraction, factor), least));
    place += 16;
  }
}
