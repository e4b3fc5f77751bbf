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

/** The draws of one run; adds to the sums of both squares. */
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
  store<f64>(sums, load<f64>(sums) + ownSum);
  store<f64>(sums, load<f64>(sums, 8) + otherSum, 8);
}

/**
 * For each key, draws every weight from its normal distribution and sums the log densities under that distribution,
 * `each - log std - (w - mean)^2 / (2 (std^2 + eps))`, and under one shared by all weights,
 * `priorEach - (w - centre)^2 precision / 2`.
 *
 * @param out all weights of the first key, then those of the next
 * @param posterior the first sums, one per key, and `prior` the second
 * @param scratch `normalDrawScratch` bytes, with all keys written by `putKey`
 */
export function normalDraw(
  size: i32,
  keys: i32,
  mean: usize,
  logStd: usize,
  eps: f32,
  each: f64,
  centre: f32,
  precision: f64,
  priorEach: f64,
  out: usize,
  posterior: usize,
  prior: usize,
  scratch: usize,
): void {
  const table = noiseTable(scratch);
  const deviations = runsAt(scratch);
  const precisions = deviations + runBytes();
  const noise = precisions + runBytes();
  fillTables(scratch);
  let logs: f64 = 0;
  for (let start = 0; start < size; start += runLength()) {
    const count = min(runLength(), size - start);
    const at = (<usize>start) << 2;
    logs += spreads(count, logStd + at, eps, deviations, precisions, spreadTable(scratch));
    for (let k = 0; k < keys; k++) {
      const key = keyAt(scratch, k);
      drawNoise(key, start, count, noise, table);
      const to = out + ((<usize>size * <usize>k) << 2) + at;
      drawn(count, mean + at, deviations, precisions, noise, centre, to, key + 8);
    }
  }
  for (let k = 0; k < keys; k++) {
    const key = keyAt(scratch, k);
    const to = (<usize>k) << 2;
    store<f32>(posterior + to, <f32>(each * <f64>size - logs - 0.5 * load<f64>(key, 8)));
    store<f32>(prior + to, <f32>(priorEach * <f64>size - 0.5 * precision * load<f64>(key, 16)));
  }
}
