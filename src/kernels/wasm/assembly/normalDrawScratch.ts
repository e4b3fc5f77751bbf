import { exponentialTable, fillExponentialTable } from './exponential.ts';
import { fillNormalTable, normal, normalTable } from './normal.ts';
import { threefry } from './threefry.ts';

// The scratch of normal draws: constants, three runs of intermediates for a chunk of weights, and for each key its two
// words and two sums.

/** The number of weights in a run. Three runs of 4 KiB stay in the L1 cache for all keys. */
export function runLength(): i32 {
  return 1024;
}

/** The size in bytes of a run. */
export function runBytes(): usize {
  return 4096;
}

function tables(): i32 {
  return normalTable() + exponentialTable();
}

/** The bytes of scratch for `normalDraw` and `normalDrawGradient`. */
export function normalDrawScratch(keys: i32): i32 {
  return 64 + tables() + 3 * 4 * runLength() + 24 * keys;
}

/** The address of the constants of the noise. */
export function noiseTable(scratch: usize): usize {
  return (scratch + 63) & ~63;
}

/** The address of the constants of the standard deviation. */
export function spreadTable(scratch: usize): usize {
  return noiseTable(scratch) + <usize>normalTable();
}

/** Writes all constants. */
export function fillTables(scratch: usize): void {
  fillNormalTable(noiseTable(scratch));
  fillExponentialTable(spreadTable(scratch));
}

/** The address of the first of the three runs. */
export function runsAt(scratch: usize): usize {
  return noiseTable(scratch) + <usize>tables();
}

/** The address of a key: its words, followed by its sums after 8 bytes. */
export function keyAt(scratch: usize, at: i32): usize {
  return runsAt(scratch) + 3 * runBytes() + 24 * <usize>at;
}

/** Writes the words of a key, and sets its sums to zero. */
export function putKey(scratch: usize, at: i32, k0: i32, k1: i32): void {
  const key = keyAt(scratch, at);
  store<i32>(key, k0);
  store<i32>(key, k1, 4);
  v128.store(key, i32x4.splat(0), 8);
}

/** Generates a key's noise for the weights from `start` on. */
export function drawNoise(key: usize, start: i32, count: i32, to: usize, table: usize): void {
  threefry(load<i32>(key), load<i32>(key, 4), 0, start, count, to);
  normal(count, to, table);
}
