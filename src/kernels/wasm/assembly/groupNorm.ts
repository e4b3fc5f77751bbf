import { addToDoubles, fromDoubles } from './numbers.ts';
import { sumColumns, sumScratch } from './sum.ts';

// Each image fits in a cache, which is read two or three times: for the means, the variances and the result. All loops run
// over channels, which are contiguous; the sums of channels are combined to those of their groups.

/** The number of positions that are added in float32, and these sums in doubles. */
const few: i32 = 16;

/** The bytes of scratch for `groupNorm` and its gradient. */
export function groupNormScratch(channels: i32): i32 {
  return 64 * channels + sumScratch(channels);
}

/** Adds the squared deviations from a mean to other numbers. */
function addSquares(count: i32, x: usize, mean: usize, to: usize): void {
  for (; count >= 4; count -= 4) {
    const deviation = f32x4.sub(v128.load(x), v128.load(mean));
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(deviation, deviation)));
    x += 16;
    mean += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    const deviation = load<f32>(x) - load<f32>(mean);
    store<f32>(to, load<f32>(to) + deviation * deviation);
    x += 4;
    mean += 4;
    to += 4;
  }
}

/** Adds slopes to some numbers, and their products with the deviations from a mean to others. */
function addSlopes(count: i32, dy: usize, x: usize, mean: usize, sums: usize, products: usize): void {
  for (; count >= 4; count -= 4) {
    const slope = v128.load(dy);
    const deviation = f32x4.sub(v128.load(x), v128.load(mean));
    v128.store(sums, f32x4.add(v128.load(sums), slope));
    v128.store(products, f32x4.add(v128.load(products), f32x4.mul(slope, deviation)));
    dy += 16;
    x += 16;
    mean += 16;
    sums += 16;
    products += 16;
  }
  for (; count > 0; count--) {
    const slope = load<f32>(dy);
    store<f32>(sums, load<f32>(sums) + slope);
    store<f32>(products, load<f32>(products) + slope * (load<f32>(x) - load<f32>(mean)));
    dy += 4;
    x += 4;
    mean += 4;
    sums += 4;
    products += 4;
  }
}

/** The deviations from a mean, scaled, plus a bias. */
function scaleDeviations(count: i32, x: usize, mean: usize, scale: usize, bias: usize, out: usize): void {
  for (; count >= 4; count -= 4) {
    const deviation = f32x4.sub(v128.load(x), v128.load(mean));
    v128.store(out, f32x4.add(f32x4.mul(deviation, v128.load(scale)), v128.load(bias)));
    x += 16;
    mean += 16;
    scale += 16;
    bias += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, (load<f32>(x) - load<f32>(mean)) * load<f32>(scale) + load<f32>(bias));
    x += 4;
    mean += 4;
    scale += 4;
    bias += 4;
    out += 4;
  }
}

/** Adds scaled slopes to a result. */
function addScaledSlopes(count: i32, dy: usize, scale: usize, out: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(out, f32x4.add(v128.load(out), f32x4.mul(v128.load(dy), v128.load(scale))));
    dy += 16;
    scale += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, load<f32>(out) + load<f32>(dy) * load<f32>(scale));
    dy += 4;
    scale += 4;
    out += 4;
  }
}

/** The sums of squared deviations of each channel, as doubles. */
function squares(positions: i32, channels: i32, x: usize, mean: usize, block: usize, doubles: usize): void {
  const bytes = (<usize>channels) << 2;
  memory.fill(doubles, 0, bytes << 1);
  while (positions > 0) {
    memory.fill(block, 0, bytes);
    for (let i = min(positions, few); i > 0; i--) {
      addSquares(channels, x, mean, block);
      x += bytes;
    }
    addToDoubles(channels, block, doubles);
    positions -= few;
  }
}

/** The sums of slopes of each channel, and those of their products with the deviations, behind them, as doubles. */
function slopes(
  positions: i32,
  channels: i32,
  dy: usize,
  x: usize,
  mean: usize,
  blocks: usize,
  doubles: usize,
): void {
  const bytes = (<usize>channels) << 2;
  memory.fill(doubles, 0, bytes << 2);
  while (positions > 0) {
    memory.fill(blocks, 0, bytes << 1);
    for (let i = min(positions, few); i > 0; i--) {
      addSlopes(channels, dy, x, mean, blocks, blocks + bytes);
      dy += bytes;
      x += bytes;
    }
    addToDoubles(channels << 1, blocks, doubles);
    positions -= few;
  }
}

/**
 * Standardizes each row's groups of channels over all positions, scales and shifts them.
 *
 * @param share the number of consecutive rows that share their weights and biases
 * @param means where the mean of each row's groups is written
 * @param inverses where the inverse of the standard deviation of each row's groups is written
 */
export function groupNorm(
  rows: i32,
  positions: i32,
  channels: i32,
  groups: i32,
  share: i32,
  eps: f64,
  x: usize,
  weight: usize,
  bias: usize,
  out: usize,
  means: usize,
  inverses: usize,
  scratch: usize,
): void {
  const depth = channels / groups;
  const bytes = (<usize>channels) << 2;
  const count = <f64>positions * <f64>depth;
  const doubles = scratch;
  const block = doubles + (bytes << 1);
  const mean = block + bytes;
  const scale = mean + bytes;
  const rest = scale + bytes;
  for (let row = 0; row < rows; row++) {
    if (row > 0 && row % share === 0) {
      weight += bytes;
      bias += bytes;
    }
    sumColumns(1, positions, channels, 1, x, scale, rest);
    for (let group = 0; group < groups; group++) {
      let sum: f64 = 0;
      for (let i = group * depth; i < (group + 1) * depth; i++)
        sum += <f64>load<f32>(scale + ((<usize>i) << 2));
      const own = <f32>(sum / count);
      store<f32>(means, own);
      means += 4;
      for (let i = group * depth; i < (group + 1) * depth; i++) store<f32>(mean + ((<usize>i) << 2), own);
    }
    squares(positions, channels, x, mean, block, doubles);
    for (let group = 0; group < groups; group++) {
      let sum: f64 = 0;
      for (let i = group * depth; i < (group + 1) * depth; i++) sum += load<f64>(doubles + ((<usize>i) << 3));
      const inverse = 1 / sqrt(sum / count + eps);
      store<f32>(inverses, <f32>inverse);
      inverses += 4;
      for (let i = group * depth; i < (group + 1) * depth; i++) {
        const at = (<usize>i) << 2;
        store<f32>(scale + at, <f32>(inverse * <f64>load<f32>(weight + at)));
      }
    }
    for (let position = 0; position < positions; position++) {
      scaleDeviations(channels, x, mean, scale, bias, out);
      x += bytes;
      out += bytes;
    }
  }
}

/** The gradients of `groupNorm`, from those of its result. */
export function groupNormGradient(
  rows: i32,
  positions: i32,
  channels: i32,
  groups: i32,
  share: i32,
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
  const bytes = (<usize>channels) << 2;
  const count = <f64>positions * <f64>depth;
  const sums = scratch;
  const products = sums + (bytes << 1);
  const biases = products + (bytes << 1);
  const weights = biases + (bytes << 1);
  const blocks = weights + (bytes << 1);
  const mean = blocks + (bytes << 1);
  const scale = mean + bytes;
  const slope = scale + bytes;
  const shift = slope + bytes;
  memory.fill(biases, 0, bytes << 2);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const own = load<f32>(means + ((<usize>group) << 2));
      for (let i = group * depth; i < (group + 1) * depth; i++) store<f32>(mean + ((<usize>i) << 2), own);
    }
    slopes(positions, channels, dy, x, mean, blocks, sums);
    for (let group = 0; group < groups; group++) {
      const inverse = <f64>load<f32>(inverses + ((<usize>group) << 2));
      let first: f64 = 0;
      let second: f64 = 0;
      for (let i = group * depth; i < (group + 1) * depth; i++) {
        const at = (<usize>i) << 3;
        const factor = <f64>load<f32>(weight + ((<usize>i) << 2));
        const sum = load<f64>(sums + at);
        const product = inverse * load<f64>(products + at);
        first += factor * sum;
        second += factor * product;
        store<f64>(biases + at, load<f64>(biases + at) + sum);
        store<f64>(weights + at, load<f64>(weights + at) + product);
      }
      const drop = <f32>((-inverse * first) / count);
      const turn = <f32>((-inverse * inverse * second) / count);
      for (let i = group * depth; i < (group + 1) * depth; i++) {
        const at = (<usize>i) << 2;
        store<f32>(scale + at, <f32>(inverse * <f64>load<f32>(weight + at)));
        store<f32>(slope + at, turn);
        store<f32>(shift + at, drop);
      }
    }
    for (let position = 0; position < positions; position++) {
      scaleDeviations(channels, x, mean, slope, shift, dx);
      addScaledSlopes(channels, dy, scale, dx);
      dy += bytes;
      x += bytes;
      dx += bytes;
    }
    means += (<usize>groups) << 2;
    inverses += (<usize>groups) << 2;
    if ((row + 1) % share === 0) {
      fromDoubles(channels, biases, 1, dBias);
      fromDoubles(channels, weights, 1, dWeight);
      memory.fill(biases, 0, bytes << 2);
      dBias += bytes;
      dWeight += bytes;
      weight += bytes;
    }
  }
}
