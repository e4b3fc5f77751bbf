import { exponentialTable, fillExponentialTable } from './exponential.ts';
import { fillNormalTable, normal, normalTable } from './normal.ts';
import { threefry, threefryTable } from './threefry.ts';

// The scratch of normal draws: constants, and three runs of intermediates for a chunk of weights.

/** The number of weights in a run. Three runs of 4 KiB stay in the L1 cache for all keys. */
export function runLength(): i32 {
  return 1024;
}

/** The size in bytes of a run. */
export function runBytes(): usize {
  return 4096;
}

function tables(): i32 {
  return normalTable() + threefryTable() + exponentialTable();
}

/** The bytes of scratch for `normalDraw` and `normalDrawGradient`. */
export function normalDrawScratch(): i32 {
  return 64 + tables() + 3 * 4 * runLength();
}

/** The address of the constants of the noise; behind them is the key schedule. */
export function noiseTable(scratch: usize): usize {
  return (scratch + 63) & ~63;
}

/** The address of the constants of the standard deviation. */
export function spreadTable(scratch: usize): usize {
  return noiseTable(scratch) + <usize>(normalTable() + threefryTable());
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

/** The address of a key's two words. */
export function keyAt(words: usize, at: i32): usize {
  return words + 8 * <usize>at;
}

/** Generates a key's noise for the weights from `start` on. */
export function drawNoise(key: usize, start: i32, count: i32, to: usize, table: usize): void {
  threefry(load<i32>(key), load<i32>(key, 4), 0, start, count, to, table + <usize>normalTable());
  normal(count, to, table);
}
