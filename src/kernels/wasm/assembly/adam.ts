/**
 * Updates Adam's moments and computes the direction, or takes the step; see src/optimizers/adam.ts. Each output may be
 * written over its input.
 *
 * @param count the number of elements of each tensor
 * @param result where the directions go, or the next parameters
 * @param params the parameters, or 0 if directions are wanted
 * @param rate what a direction is multiplied by before it is added to a parameter: minus the learning rate
 */
export function adam(
  count: i32,
  first: usize,
  second: usize,
  gradient: usize,
  nextFirst: usize,
  nextSecond: usize,
  result: usize,
  params: usize,
  rate1: f32,
  rate2: f32,
  coarse: f32,
  tiny: f32,
  scale: f32,
  epsilon: f32,
  rate: f32,
): void {
  const rates1 = f32x4.splat(rate1);
  const keep2: f32 = 1 - rate2;
  const keeps2 = f32x4.splat(keep2);
  const rates2 = f32x4.splat(rate2);
  const coarses = f32x4.splat(coarse);
  const tinies = f32x4.splat(tiny);
  const scales = f32x4.splat(scale);
  const epsilons = f32x4.splat(epsilon);
  const rates = f32x4.splat(rate);
  for (; count >= 4; count -= 4) {
    const g = v128.load(gradient);
    const m = v128.load(first);
    const v = v128.load(second);
    const towards1 = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), rates1));
    const moved2 = f32x4.add(f32x4.mul(v, keeps2), f32x4.mul(f32x4.mul(g, g), rates2));
    const next1 = f32x4.sub(f32x4.add(towards1, coarses), coarses);
    // NaN is kept: it is not less than anything.
    const next2 = v128.andnot(moved2, f32x4.le(moved2, tinies));
    v128.store(nextFirst, next1);
    v128.store(nextSecond, next2);
    const root = f32x4.mul(f32x4.sqrt(f32x4.pmax(moved2, tinies)), scales);
    // Infinity minus itself is NaN.
    const least = f32x4.add(f32x4.sub(moved2, moved2), epsilons);
    const direction = f32x4.div(next1, f32x4.add(root, least));
    if (params === 0) v128.store(result, direction);
    else {
      v128.store(result, f32x4.add(v128.load(params), f32x4.mul(direction, rates)));
      params += 16;
    }
    gradient += 16;
    first += 16;
    second += 16;
    nextFirst += 16;
    nextSecond += 16;
    result += 16;
  }
  for (; count > 0; count--) {
    const g = load<f32>(gradient);
    const m = load<f32>(first);
    const v = load<f32>(second);
    const moved2 = v * keep2 + g * g * rate2;
    const next1 = m + (g - m) * rate1 + coarse - coarse;
    const next2: f32 = moved2 <= tiny ? 0 : moved2;
    store<f32>(nextFirst, next1);
    store<f32>(nextSecond, next2);
    const root = sqrt<f32>(next2 < tiny ? tiny : next2) * scale;
    const direction = next1 / (root + (moved2 - moved2 + epsilon));
    if (params === 0) store<f32>(result, direction);
    else {
      store<f32>(result, load<f32>(params) + direction * rate);
      params += 4;
    }
    gradient += 4;
    first += 4;
    second += 4;
    nextFirst += 4;
    nextSecond += 4;
    result += 4;
  }
}
