import { addToDoubles, fromDoubles } from './numbers.ts';
import { rowSum } from './sum.ts';

// Normalizations of rows with a single position, such as layer normalization: each group is a run of numbers, which fits in a
// cache of the first level and is read several times.

/** The number of rows whose gradients are added in float32, and these sums in doubles. */
const few: i32 = 16;

/** The bytes of scratch for `runNormGradient`: of the weights and biases, sums in float32 and in doubles. */
export function runNormScratch(channels: i32): i32 {
  return 24 * channels;
}

/** The sum of a vector of two doubles. */
function both(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** The sum of four numbers to two doubles. */
function promoted(x: v128): v128 {
  const high = v128.shuffle<f32>(x, x, 2, 3, 0, 1);
  return f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(high));
}

/** The sum of the squared deviations of a run from its mean. */
function squares(count: i32, x: usize, mean: f32): f64 {
  const means = f32x4.splat(mean);
  let doubles = f64x2.splat(0);
  for (; count >= 16; count -= 16) {
    const a = f32x4.sub(v128.load(x), means);
    const b = f32x4.sub(v128.load(x, 16), means);
    const c = f32x4.sub(v128.load(x, 32), means);
    const d = f32x4.sub(v128.load(x, 48), means);
    const low = f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b));
    const high = f32x4.add(f32x4.mul(c, c), f32x4.mul(d, d));
    doubles = f64x2.add(doubles, promoted(f32x4.add(low, high)));
    x += 64;
  }
  let sum = both(doubles);
  for (; count > 0; count--) {
    const deviation = load<f32>(x) - mean;
    sum += <f64>(deviation * deviation);
    x += 4;
  }
  return sum;
}

/** The deviations of a run from its mean, scaled and shifted. */
function scaleRun(
  count: i32,
  x: usize,
  mean: f32,
  inverse: f32,
  weight: usize,
  bias: usize,
  out: usize,
): void {
  const means = f32x4.splat(mean);
  const inverses = f32x4.splat(inverse);
  for (; count >= 4; count -= 4) {
    const y = f32x4.mul(f32x4.sub(v128.load(x), means), inverses);
    v128.store(out, f32x4.add(f32x4.mul(y, v128.load(weight)), v128.load(bias)));
    x += 16;
    weight += 16;
    bias += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, (load<f32>(x) - mean) * inverse * load<f32>(weight) + load<f32>(bias));
    x += 4;
    weight += 4;
    bias += 4;
    out += 4;
  }
}

/** `groupNorm` of rows with a single position. */
export function runNorm(
  rows: i32,
  channels: i32,
  groups: i32,
  share: i32,
  centred: bool,
  eps: f64,
  x: usize,
  weight: usize,
  bias: usize,
  out: usize,
  means: usize,
  inverses: usize,
): void {
  const depth = channels / groups;
  const bytes = (<usize>depth) << 2;
  for (let row = 0; row < rows; row++) {
    const own = (<usize>(row / share) * channels) << 2;
    for (let group = 0; group < groups; group++) {
      const at = own + <usize>group * bytes;
      const mean: f32 = centred ? <f32>(rowSum(depth, x) / <f64>depth) : 0;
      const inverse = <f32>(1 / sqrt(squares(depth, x, mean) / <f64>depth + eps));
      scaleRun(depth, x, mean, inverse, weight + at, bias + at, out);
      store<f32>(means, mean);
      store<f32>(inverses, inverse);
      means += 4;
      inverses += 4;
      x += bytes;
      out += bytes;
    }
  }
}

/** The sum of a run's slopes times weights. */
function weightedSum(count: i32, dy: usize, weight: usize): f64 {
  let doubles = f64x2.splat(0);
  for (; count >= 16; count -= 16) {
    const a = f32x4.mul(v128.load(dy), v128.load(weight));
    const b = f32x4.mul(v128.load(dy, 16), v128.load(weight, 16));
    const c = f32x4.mul(v128.load(dy, 32), v128.load(weight, 32));
    const d = f32x4.mul(v128.load(dy, 48), v128.load(weight, 48));
    doubles = f64x2.add(doubles, promoted(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))));
    dy += 64;
    weight += 64;
  }
  let sum = both(doubles);
  for (; count > 0; count--) {
    sum += <f64>(load<f32>(dy) * load<f32>(weight));
    dy += 4;
    weight += 4;
  }
  return sum;
}

/** The product of a slope and a standardized number, added to the gradient of a weight, and returned. */
function addProduct(slope: v128, x: v128, mean: v128, inverse: v128, to: usize): v128 {
  const product = f32x4.mul(slope, f32x4.mul(f32x4.sub(x, mean), inverse));
  v128.store(to, f32x4.add(v128.load(to), product));
  return product;
}

/** Adds a run's slopes to the gradient of the biases, and their products with the standardized numbers to that of the weights. */
function addProducts(
  count: i32,
  dy: usize,
  x: usize,
  mean: f32,
  inverse: f32,
  weight: usize,
  weights: usize,
  biases: usize,
): f64 {
  const means = f32x4.splat(mean);
  const inverses = f32x4.splat(inverse);
  let doubles = f64x2.splat(0);
  for (; count >= 8; count -= 8) {
    const slope0 = v128.load(dy);
    const slope1 = v128.load(dy, 16);
    v128.store(biases, f32x4.add(v128.load(biases), slope0));
    v128.store(biases, f32x4.add(v128.load(biases, 16), slope1), 16);
    const product0 = addProduct(slope0, v128.load(x), means, inverses, weights);
    const product1 = addProduct(slope1, v128.load(x, 16), means, inverses, weights + 16);
    const first = f32x4.mul(product0, v128.load(weight));
    const second = f32x4.mul(product1, v128.load(weight, 16));
    doubles = f64x2.add(doubles, promoted(f32x4.add(first, second)));
    dy += 32;
    x += 32;
    weight += 32;
    weights += 32;
    biases += 32;
  }
  let sum = both(doubles);
  for (; count > 0; count--) {
    const slope = load<f32>(dy);
    const product = slope * ((load<f32>(x) - mean) * inverse);
    store<f32>(biases, load<f32>(biases) + slope);
    store<f32>(weights, load<f32>(weights) + product);
    sum += <f64>(product * load<f32>(weight));
    dy += 4;
    x += 4;
    weight += 4;
    weights += 4;
    biases += 4;
  }
  return sum;
}

/** The gradient of a run: `(dy weight - drop) inverse + (x - mean) turn`. */
function slopeRun(
  count: i32,
  dy: usize,
  x: usize,
  mean: f32,
  inverse: f32,
  weight: usize,
  drop: f32,
  turn: f32,
  dx: usize,
): void {
  const means = f32x4.splat(mean);
  const inverses = f32x4.splat(inverse);
  const drops = f32x4.splat(drop);
  const turns = f32x4.splat(turn);
  for (; count >= 4; count -= 4) {
    const slope = f32x4.sub(f32x4.mul(v128.load(dy), v128.load(weight)), drops);
    const turned = f32x4.mul(f32x4.sub(v128.load(x), means), turns);
    v128.store(dx, f32x4.add(f32x4.mul(slope, inverses), turned));
    dy += 16;
    x += 16;
    weight += 16;
    dx += 16;
  }
  for (; count > 0; count--) {
    const slope = load<f32>(dy) * load<f32>(weight) - drop;
    store<f32>(dx, slope * inverse + (load<f32>(x) - mean) * turn);
    dy += 4;
    x += 4;
    weight += 4;
    dx += 4;
  }
}

/** `groupNormGradient` of rows with a single position. */
export function runNormGradient(
  rows: i32,
  channels: i32,
  groups: i32,
  share: i32,
  centred: bool,
  dy: usize,
  x: usize,
  weight: usize,
  means: usize,
  inverses: usize,
  dx: usize,
  dWeight: usize,
  dBias: usize,
  scratch: usize,
): void {
  const depth = channels / groups;
  const bytes = (<usize>depth) << 2;
  const all = (<usize>channels) << 2;
  // The sums in doubles are at the start; behind them those in float32.
  const sums = scratch + (all << 2);
  memory.fill(scratch, 0, 6 * all);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const at = <usize>group * bytes;
      const mean = load<f32>(means);
      const inverse = load<f32>(inverses);
      const second = addProducts(depth, dy, x, mean, inverse, weight + at, sums + at, sums + all + at);
      const drop: f32 = centred ? <f32>(weightedSum(depth, dy, weight + at) / <f64>depth) : 0;
      const turn = <f32>((-(<f64>inverse) * <f64>inverse * second) / <f64>depth);
      slopeRun(depth, dy, x, mean, inverse, weight + at, drop, turn, dx);
      means += 4;
      inverses += 4;
      dy += bytes;
      x += bytes;
      dx += bytes;
    }
    const last = (row + 1) % share === 0;
    // Within the rows that share weights, so that their sums do not depend on where they stand.
    if (last || (row % share) % few === few - 1) {
      addToDoubles(2 * channels, sums, scratch);
      memory.fill(sums, 0, 2 * all);
    }
    if (last) {
      fromDoubles(channels, scratch, 1, dWeight);
      fromDoubles(channels, scratch + (all << 1), 1, dBias);
      memory.fill(scratch, 0, 4 * all);
      dWeight += all;
      dBias += all;
      weight += all;
    }
  }
}
