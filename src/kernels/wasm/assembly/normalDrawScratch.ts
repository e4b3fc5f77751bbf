import { exponentialTable, fillExponentialTable } from './exponential.ts';
import { fillNormalTable, normal, normalTable } from './normal.ts';
import { threefry } from './threefry.ts';

// Scratch of the draws from a normal distribution: constants, three runs of what belongs to a chunk of weights, and for
// each key its two words and two sums.

/** Weights of a run. Three runs of 4 KiB stay in the first cache while all keys pass. */
export function runLength(): i32 {
  return 1024;
}

/** Bytes of a run. */
export function runBytes(): usize {
  return 4096;
}

function tables(): i32 {
  return normalTable() + exponentialTable();
}

/** Bytes of scratch that `normalDraw` and `normalDrawGradient` need. */
export function normalDrawScratch(keys: i32): i32 {
  return 64 + tables() + 3 * 4 * runLength() + 24 * keys;
}

/** Where the constants of the noise stand. */
export function noiseTable(scratch: usize): usize {
  return (scratch + 63) & ~63;
}

/** Where the constants of the spread stand. */
export function spreadTable(scratch: usize): usize {
  return noiseTable(scratch) + <usize>normalTable();
}

/** Writes all constants. */
export function fillTables(scratch: usize): void {
  fillNormalTable(noiseTable(scratch));
  fillExponentialTable(spreadTable(scratch));
}

/** The first of the three runs. */
export function runsAt(scratch: usize): usize {
  return noiseTable(scratch) + <usize>tables();
}

/** A key: its words, and 8 bytes further its sums. */
export function keyAt(scratch: usize, at: i32): usize {
  return runsAt(scratch) + 3 * runBytes() + 24 * <usize>at;
}

/** Puts the words of a key in their place, and zeros in that of its sums. */
export function putKey(scratch: usize, at: i32, k0: i32, k1: i32): void {
  const key = keyAt(scratch, at);
  store<i32>(key, k0);
  store<i32>(key, k1, 4);
  v128.store(key, i32x4.splat(0), 8);
}

/** A key's noise for the weights from `start` on. */
export function noiseOf(key: usize, start: i32, count: i32, to: usize, table: usize): void {
  threefry(load<i32>(key), load<i32>(key, 4), 0, start, count, to);
  normal(count, to, table);
}
