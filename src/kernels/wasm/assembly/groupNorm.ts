import { addToDoubles, fromDoubles } from './numbers.ts';
import { sumColumns, sumScratch } from './sum.ts';

// Each image fits in a cache, which is read two or three times: for the means, the variances and the result. Several positions
// are treated as one, a stretch with more channels, so that loops are long; what belongs to a channel is repeated for it. The
// sums of channels are combined to those of their groups.

/** The number of positions that are added in float32, and these sums in doubles. */
const few: i32 = 16;

/** The numbers of a stretch of positions, at most. */
const long: i32 = 128;

/** The number of positions in a stretch. */
function stretch(positions: i32, channels: i32): i32 {
  return max(1, min(positions, long / channels));
}

// Both directions lay out their scratch alike, in stretches of numbers: two of doubles and two in float32 that are added to
// them, four of what belongs to a channel, and then the scratch of `sumColumns` or two doubles for each channel. `wide` is
// the number of bytes of a stretch in float32.

/** The bytes of scratch for `groupNorm` and its gradient. */
export function groupNormScratch(channels: i32): i32 {
  return 40 * max(long, channels) + max(16 * channels, sumScratch(channels));
}

/** The address of what is added in float32. The doubles are at the start. */
function blockAt(scratch: usize, wide: usize): usize {
  return scratch + (wide << 2);
}

/** The address of one of the four stretches of what belongs to a channel, and with index 4 of what follows them. */
function stretchAt(scratch: usize, wide: usize, index: usize): usize {
  return blockAt(scratch, wide) + (2 + index) * wide;
}

/** Repeats numbers of channels for all positions of a stretch. */
function spread(channels: i32, width: i32, to: usize): void {
  const end = to + ((<usize>width) << 2);
  const bytes = (<usize>channels) << 2;
  for (let at = to + bytes; at < end; at += 4) store<f32>(at, load<f32>(at - bytes));
}

/** The sum of a channel over the positions of a stretch. */
function gathered(channel: i32, channels: i32, width: i32, doubles: usize): f64 {
  let sum: f64 = 0;
  for (let i = channel; i < width; i += channels) sum += load<f64>(doubles + ((<usize>i) << 3));
  return sum;
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

/** The gradient of the input: scaled slopes and deviations, plus a shift. */
function addScaled(
  count: i32,
  dy: usize,
  scale: usize,
  x: usize,
  mean: usize,
  slope: usize,
  shift: usize,
  out: usize,
): void {
  for (; count >= 4; count -= 4) {
    const turned = f32x4.mul(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(slope));
    const scaled = f32x4.mul(v128.load(dy), v128.load(scale));
    v128.store(out, f32x4.add(f32x4.add(turned, v128.load(shift)), scaled));
    dy += 16;
    scale += 16;
    x += 16;
    mean += 16;
    slope += 16;
    shift += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    const turned = (load<f32>(x) - load<f32>(mean)) * load<f32>(slope) + load<f32>(shift);
    store<f32>(out, turned + load<f32>(dy) * load<f32>(scale));
    dy += 4;
    scale += 4;
    x += 4;
    mean += 4;
    slope += 4;
    shift += 4;
    out += 4;
  }
}

/** The sums of squared deviations of each channel at each position of a stretch, as doubles. */
function squares(length: i32, width: i32, x: usize, mean: usize, block: usize, doubles: usize): void {
  const bytes = (<usize>width) << 2;
  memory.fill(doubles, 0, bytes << 1);
  while (length > 0) {
    memory.fill(block, 0, bytes);
    for (let i = 0; i < few && length > 0; i++) {
      addSquares(min(length, width), x, mean, block);
      length -= width;
      x += bytes;
    }
    addToDoubles(width, block, doubles);
  }
}

/** Likewise the sums of slopes, and behind them those of their products with the deviations. */
function slopes(
  length: i32,
  width: i32,
  dy: usize,
  x: usize,
  mean: usize,
  blocks: usize,
  doubles: usize,
): void {
  const bytes = (<usize>width) << 2;
  memory.fill(doubles, 0, bytes << 2);
  while (length > 0) {
    memory.fill(blocks, 0, bytes << 1);
    for (let i = 0; i < few && length > 0; i++) {
      addSlopes(min(length, width), dy, x, mean, blocks, blocks + bytes);
      length -= width;
      dy += bytes;
      x += bytes;
    }
    addToDoubles(width << 1, blocks, doubles);
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
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const count = <f64>positions * <f64>depth;
  const bytes = (<usize>channels) << 2;
  const wide = (<usize>width) << 2;
  const block = blockAt(scratch, wide);
  const mean = stretchAt(scratch, wide, 0);
  const scale = stretchAt(scratch, wide, 1);
  const shift = stretchAt(scratch, wide, 2);
  const rest = stretchAt(scratch, wide, 4);
  for (let row = 0; row < rows; row++) {
    if (row > 0 && row % share === 0) {
      weight += bytes;
      bias += bytes;
    }
    if (row % share === 0) {
      memory.copy(shift, bias, bytes);
      spread(channels, width, shift);
    }
    sumColumns(1, positions, channels, 1, x, scale, rest);
    for (let group = 0; group < groups; group++) {
      const end = (group + 1) * depth;
      let sum: f64 = 0;
      for (let i = group * depth; i < end; i++) sum += <f64>load<f32>(scale + ((<usize>i) << 2));
      const own = <f32>(sum / count);
      store<f32>(means, own);
      means += 4;
      for (let i = group * depth; i < end; i++) store<f32>(mean + ((<usize>i) << 2), own);
    }
    spread(channels, width, mean);
    squares(length, width, x, mean, block, scratch);
    for (let group = 0; group < groups; group++) {
      const end = (group + 1) * depth;
      let sum: f64 = 0;
      for (let i = group * depth; i < end; i++) sum += gathered(i, channels, width, scratch);
      const inverse = 1 / sqrt(sum / count + eps);
      store<f32>(inverses, <f32>inverse);
      inverses += 4;
      for (let i = group * depth; i < end; i++) {
        const at = (<usize>i) << 2;
        store<f32>(scale + at, <f32>(inverse * <f64>load<f32>(weight + at)));
      }
    }
    spread(channels, width, scale);
    for (let left = length; left > 0; left -= width) {
      const some = min(left, width);
      scaleDeviations(some, x, mean, scale, shift, out);
      x += (<usize>some) << 2;
      out += (<usize>some) << 2;
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
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const count = <f64>positions * <f64>depth;
  const bytes = (<usize>channels) << 2;
  const wide = (<usize>width) << 2;
  const products = scratch + (wide << 1);
  const blocks = blockAt(scratch, wide);
  const mean = stretchAt(scratch, wide, 0);
  const scale = stretchAt(scratch, wide, 1);
  const shift = stretchAt(scratch, wide, 2);
  const slope = stretchAt(scratch, wide, 3);
  const biases = stretchAt(scratch, wide, 4);
  const weights = biases + (bytes << 1);
  memory.fill(biases, 0, bytes << 2);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < channels; i++)
      store<f32>(mean + ((<usize>i) << 2), load<f32>(means + ((<usize>(i / depth)) << 2)));
    spread(channels, width, mean);
    slopes(length, width, dy, x, mean, blocks, scratch);
    for (let group = 0; group < groups; group++) {
      const end = (group + 1) * depth;
      const inverse = <f64>load<f32>(inverses + ((<usize>group) << 2));
      let first: f64 = 0;
      let second: f64 = 0;
      for (let i = group * depth; i < end; i++) {
        const at = (<usize>i) << 3;
        const factor = <f64>load<f32>(weight + ((<usize>i) << 2));
        const sum = gathered(i, channels, width, scratch);
        const product = inverse * gathered(i, channels, width, products);
        first += factor * sum;
        second += factor * product;
        store<f64>(biases + at, load<f64>(biases + at) + sum);
        store<f64>(weights + at, load<f64>(weights + at) + product);
      }
      const drop = <f32>((-inverse * first) / count);
      const turn = <f32>((-inverse * inverse * second) / count);
      for (let i = group * depth; i < end; i++) {
        const at = (<usize>i) << 2;
        store<f32>(scale + at, <f32>(inverse * <f64>load<f32>(weight + at)));
        store<f32>(slope + at, turn);
        store<f32>(shift + at, drop);
      }
    }
    spread(channels, width, scale);
    spread(channels, width, slope);
    spread(channels, width, shift);
    for (let left = length; left > 0; left -= width) {
      const some = min(left, width);
      addScaled(some, dy, scale, x, mean, slope, shift, dx);
      dy += (<usize>some) << 2;
      x += (<usize>some) << 2;
      dx += (<usize>some) << 2;
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
