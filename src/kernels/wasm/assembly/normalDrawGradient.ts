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
import { spreads } from './spreads.ts';

/** The offsets of the draws of one run from their means. */
function offsets(count: i32, mean: usize, weights: usize, to: usize): void {
  for (; count > 0; count -= 4) {
    v128.store(to, f32x4.sub(v128.load(weights), v128.load(mean)));
    mean += 16;
    weights += 16;
    to += 16;
  }
}

/** Scales noise to offsets, in place. */
function scaled(count: i32, deviations: usize, to: usize): void {
  for (; count > 0; count -= 4) {
    v128.store(to, f32x4.mul(v128.load(deviations), v128.load(to)));
    deviations += 16;
    to += 16;
  }
}

/** Whether the deviations of a run are so large that the noise can be recovered from the difference to the mean. */
function wide(count: i32, mean: usize, deviations: usize): bool {
  const most = f32x4.splat(128);
  let narrow = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const reach = f32x4.mul(v128.load(deviations), most);
    narrow = v128.or(narrow, f32x4.gt(f32x4.abs(v128.load(mean)), reach));
    mean += 16;
    deviations += 16;
  }
  // An incomplete vector is short: regenerate its noise.
  return count === 0 && !v128.any_true(narrow);
}

/** Adds the gradients of one key's draws of a run, or writes them for the first key. */
function backward(
  count: i32,
  first: bool,
  gradient: usize,
  weights: usize,
  offset: usize,
  curvatures: usize,
  posterior: f32,
  prior: f32,
  centre: f32,
  dMean: usize,
  dLogStd: usize,
): void {
  const ofPosterior = f32x4.splat(posterior);
  const ofPrior = f32x4.splat(prior);
  const centres = f32x4.splat(centre);
  const one = f32x4.splat(1);
  for (; count >= 4; count -= 4) {
    const off = v128.load(offset);
    const pulled = f32x4.mul(ofPrior, f32x4.sub(v128.load(weights), centres));
    let m = f32x4.sub(v128.load(gradient), pulled);
    const bend = f32x4.add(one, f32x4.mul(f32x4.mul(off, off), v128.load(curvatures)));
    let s = f32x4.sub(f32x4.mul(m, off), f32x4.mul(ofPosterior, bend));
    if (!first) {
      m = f32x4.add(m, v128.load(dMean));
      s = f32x4.add(s, v128.load(dLogStd));
    }
    v128.store(dMean, m);
    v128.store(dLogStd, s);
    gradient += 16;
    weights += 16;
    offset += 16;
    curvatures += 16;
    dMean += 16;
    dLogStd += 16;
  }
  for (; count > 0; count--) {
    const off = load<f32>(offset);
    const m = load<f32>(gradient) - prior * (load<f32>(weights) - centre);
    const s = m * off - posterior * (1 + off * off * load<f32>(curvatures));
    store<f32>(dMean, first ? m : load<f32>(dMean) + m);
    store<f32>(dLogStd, first ? s : load<f32>(dLogStd) + s);
    gradient += 4;
    weights += 4;
    offset += 4;
    curvatures += 4;
    dMean += 4;
    dLogStd += 4;
  }
}

/** `eps` times each number's square: half the derivative of the quadratic term by the log standard deviation. */
function curved(count: i32, eps: f32, precisions: usize): void {
  const factor = f32x4.splat(eps);
  for (; count > 0; count -= 4) {
    const h = v128.load(precisions);
    v128.store(precisions, f32x4.mul(f32x4.mul(h, h), factor));
    precisions += 16;
  }
}

/**
 * The gradients of `normalDraw` with respect to mean and log standard deviation, summed over the keys, for the weights from
 * `start`, a multiple of 1024, to `end`.
 *
 * @param words two for each key
 * @param gradients those of the draws, and `posterior` and `prior` those of the sums, one per key
 * @param weights the draws
 * @param scratch `normalDrawScratch` bytes
 */
export function normalDrawGradient(
  start: i32,
  end: i32,
  size: i32,
  keys: i32,
  words: usize,
  mean: usize,
  logStd: usize,
  weights: usize,
  gradients: usize,
  posterior: usize,
  prior: usize,
  eps: f32,
  centre: f32,
  precision: f32,
  dMean: usize,
  dLogStd: usize,
  scratch: usize,
): void {
  const table = noiseTable(scratch);
  const deviations = runsAt(scratch);
  const curvatures = deviations + runBytes();
  const offset = curvatures + runBytes();
  fillTables(scratch);
  for (; start < end; start += runLength()) {
    const count = min(runLength(), end - start);
    const at = (<usize>start) << 2;
    spreads(count, logStd + at, eps, deviations, curvatures, spreadTable(scratch));
    curved(count, eps, curvatures);
    const isWide = wide(count, mean + at, deviations);
    for (let k = 0; k < keys; k++) {
      const here = ((<usize>size * <usize>k) << 2) + at;
      if (isWide) offsets(count, mean + at, weights + here, offset);
      else {
        drawNoise(keyAt(words, k), start, count, offset, table);
        scaled(count, deviations, offset);
      }
      const ofPosterior = load<f32>(posterior + ((<usize>k) << 2));
      const ofPrior = load<f32>(prior + ((<usize>k) << 2)) * precision;
      backward(
        count,
        k === 0,
        gradients + here,
        weights + here,
        offset,
        curvatures,
        ofPosterior,
        ofPrior,
        centre,
        dMean + at,
        dLogStd + at,
      );
    }
  }
}
