import {
  drawNoise,
  fillTables,
  keyAt,
  noiseTable,
  runBytes,
  runLength,
  runsAt,
  spreadTable,
} from './normalDrawScratch.ts';
import { across, spreads } from './spreads.ts';

/** The draws of one run, and the sums of both squares. */
function drawn(
  count: i32,
  mean: usize,
  deviations: usize,
  precisions: usize,
  noise: usize,
  centre: f32,
  out: usize,
  sums: usize,
): void {
  const centres = f32x4.splat(centre);
  let own = f32x4.splat(0);
  let others = own;
  for (; count >= 4; count -= 4) {
    const m = v128.load(mean);
    const w = f32x4.add(m, f32x4.mul(v128.load(deviations), v128.load(noise)));
    v128.store(out, w);
    const off = f32x4.sub(w, m);
    const far = f32x4.sub(w, centres);
    own = f32x4.add(own, f32x4.mul(f32x4.mul(off, off), v128.load(precisions)));
    others = f32x4.add(others, f32x4.mul(far, far));
    mean += 16;
    deviations += 16;
    precisions += 16;
    noise += 16;
    out += 16;
  }
  let ownSum = across(own);
  let otherSum = across(others);
  for (; count > 0; count--) {
    const m = load<f32>(mean);
    const w = m + load<f32>(deviations) * load<f32>(noise);
    store<f32>(out, w);
    ownSum += <f64>((w - m) * (w - m) * load<f32>(precisions));
    otherSum += <f64>((w - centre) * (w - centre));
    mean += 4;
    deviations += 4;
    precisions += 4;
    noise += 4;
    out += 4;
  }
  store<f64>(sums, ownSum);
  store<f64>(sums, otherSum, 8);
}

/** The bytes of a run's sums: one of the logarithms, and for each key those of both squares. */
function sumBytes(keys: i32): usize {
  return 8 + 16 * <usize>keys;
}

/** The bytes of the sums of all runs. */
export function normalDrawSums(size: i32, keys: i32): i32 {
  return ((size + runLength() - 1) / runLength()) * <i32>sumBytes(keys);
}

/**
 * For each key, draws weights from their normal distributions: those from `start`, a multiple of 1024, to `end`. Writes what
 * `normalDrawDensities` sums: parts of one draw add in any order, and its sums do not depend on them.
 *
 * @param words two for each key
 * @param out all weights of the first key, then those of the next
 * @param sums `normalDrawSums` bytes for all runs of 1024 weights
 * @param scratch `normalDrawScratch` bytes
 */
export function normalDraw(
  start: i32,
  end: i32,
  size: i32,
  keys: i32,
  words: usize,
  mean: usize,
  logStd: usize,
  eps: f32,
  centre: f32,
  out: usize,
  sums: usize,
  scratch: usize,
): void {
  const table = noiseTable(scratch);
  const deviations = runsAt(scratch);
  const precisions = deviations + runBytes();
  const noise = precisions + runBytes();
  fillTables(scratch);
  sums += <usize>(start / runLength()) * sumBytes(keys);
  for (; start < end; start += runLength()) {
    const count = min(runLength(), end - start);
    const at = (<usize>start) << 2;
    store<f64>(sums, spreads(count, logStd + at, eps, deviations, precisions, spreadTable(scratch)));
    sums += 8;
    for (let k = 0; k < keys; k++) {
      drawNoise(keyAt(words, k), start, count, noise, table);
      const to = out + ((<usize>size * <usize>k) << 2) + at;
      drawn(count, mean + at, deviations, precisions, noise, centre, to, sums);
      sums += 16;
    }
  }
}

/**
 * The log densities of draws, summed over the weights: under their distribution, `each - log std - (w - mean)^2 / (2 (std^2 +
 * eps))`, and under one shared by all weights, `priorEach - (w - centre)^2 precision / 2`.
 *
 * @param sums as `normalDraw` writes them
 * @param posterior the first, one per key, and `prior` the second
 */
export function normalDrawDensities(
  size: i32,
  keys: i32,
  sums: usize,
  each: f64,
  precision: f64,
  priorEach: f64,
  posterior: usize,
  prior: usize,
): void {
  const bytes = sumBytes(keys);
  for (let k = 0; k < keys; k++) {
    let logs: f64 = 0;
    let own: f64 = 0;
    let others: f64 = 0;
    let run = sums;
    for (let start = 0; start < size; start += runLength()) {
      const squares = run + 8 + 16 * <usize>k;
      logs += load<f64>(run);
      own += load<f64>(squares);
      others += load<f64>(squares, 8);
      run += bytes;
    }
    const to = (<usize>k) << 2;
    store<f32>(posterior + to, <f32>(each * <f64>size - logs - 0.5 * own));
    store<f32>(prior + to, <f32>(priorEach * <f64>size - 0.5 * precision * others));
  }
}
