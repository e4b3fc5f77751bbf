import { exponential } from './exponential.ts';
import { clearNumbers, copyNumbers } from './numbers.ts';

/** The sum of a vector's numbers. */
export function across(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    <f64>f32x4.extract_lane(x, 2) +
    <f64>f32x4.extract_lane(x, 3)
  );
}

/** Writes four standard deviations and precisions; returns the four logarithms. */
function four(from: usize, epsilons: v128, deviations: usize, precisions: usize, table: usize): v128 {
  const log = v128.load(from);
  const deviation = exponential(log, table);
  v128.store(deviations, deviation);
  const variance = f32x4.add(f32x4.mul(deviation, deviation), epsilons);
  v128.store(precisions, f32x4.div(f32x4.splat(1), variance));
  return log;
}

/**
 * Standard deviations from their logarithms, and `1 / (std^2 + eps)`. Writes up to the next multiple of four.
 *
 * @returns the sum of the logarithms
 */
export function spreads(
  count: i32,
  logStd: usize,
  eps: f32,
  deviations: usize,
  precisions: usize,
  table: usize,
): f64 {
  const epsilons = f32x4.splat(eps);
  let logs = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    logs = f32x4.add(logs, four(logStd, epsilons, deviations, precisions, table));
    logStd += 16;
    deviations += 16;
    precisions += 16;
  }
  let sum = across(logs);
  if (count > 0) {
    copyNumbers(count, logStd, deviations);
    clearNumbers(4 - count, deviations + ((<usize>count) << 2));
    sum += across(four(deviations, epsilons, deviations, precisions, table));
  }
  return sum;
}
