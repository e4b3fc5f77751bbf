import { addFourToDoubles, fromDoubles } from './numbers.ts';
import { runNorm, runNormGradient, runNormScratch } from './runNorm.ts';
import { deviations, far, few, gathered, long, pivots, scaleRow, spread, stretch } from './stretches.ts';

// Each image fits in a cache, and is read twice: for the moments and for the result. The sums of channels are combined to those
// of their groups.

// Both directions lay out their scratch alike, in stretches of numbers: two of doubles, and four in float32 of what belongs to
// a channel; then two doubles for each channel. `wide` is the number of bytes of a stretch in float32.

/** The bytes of scratch for `groupNorm` and its gradient. */
export function groupNormScratch(channels: i32): i32 {
  return max(32 * max(long, channels) + 16 * channels, runNormScratch(channels));
}

/** The address of one of the four stretches of what belongs to a channel, and with index 4 of what follows them. */
function stretchAt(scratch: usize, wide: usize, index: usize): usize {
  return scratch + (4 + index) * wide;
}

/** Adds the slopes of some stretches to doubles, and their products with the deviations from a mean to others. */
function addSlopes(
  rows: i32,
  columns: i32,
  bytes: usize,
  dy: usize,
  x: usize,
  mean: usize,
  sums: usize,
  products: usize,
): void {
  for (; columns >= 8; columns -= 8) {
    const mean0 = v128.load(mean);
    const mean1 = v128.load(mean, 16);
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let product0 = sum0;
    let product1 = sum0;
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const slope0 = v128.load(dy + at);
      const slope1 = v128.load(dy + at, 16);
      sum0 = f32x4.add(sum0, slope0);
      sum1 = f32x4.add(sum1, slope1);
      product0 = f32x4.add(product0, f32x4.mul(slope0, f32x4.sub(v128.load(x + at), mean0)));
      product1 = f32x4.add(product1, f32x4.mul(slope1, f32x4.sub(v128.load(x + at, 16), mean1)));
      at += bytes;
    }
    addFourToDoubles(sum0, sums);
    addFourToDoubles(sum1, sums + 32);
    addFourToDoubles(product0, products);
    addFourToDoubles(product1, products + 32);
    dy += 32;
    x += 32;
    mean += 32;
    sums += 64;
    products += 64;
  }
  for (; columns > 0; columns--) {
    let sum: f32 = 0;
    let product: f32 = 0;
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const slope = load<f32>(dy + at);
      sum += slope;
      product += slope * (load<f32>(x + at) - load<f32>(mean));
      at += bytes;
    }
    store<f64>(sums, load<f64>(sums) + <f64>sum);
    store<f64>(products, load<f64>(products) + <f64>product);
    dy += 4;
    x += 4;
    mean += 4;
    sums += 8;
    products += 8;
  }
}

/** The gradient of the input for some stretches: scaled slopes and deviations, plus a shift. */
function addScaled(
  rows: i32,
  columns: i32,
  bytes: usize,
  dy: usize,
  scale: usize,
  x: usize,
  mean: usize,
  slope: usize,
  shift: usize,
  out: usize,
): void {
  for (; columns >= 8; columns -= 8) {
    const mean0 = v128.load(mean);
    const mean1 = v128.load(mean, 16);
    const scale0 = v128.load(scale);
    const scale1 = v128.load(scale, 16);
    const slope0 = v128.load(slope);
    const slope1 = v128.load(slope, 16);
    const shift0 = v128.load(shift);
    const shift1 = v128.load(shift, 16);
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const turned0 = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x + at), mean0), slope0), shift0);
      const turned1 = f32x4.add(f32x4.mul(f32x4.sub(v128.load(x + at, 16), mean1), slope1), shift1);
      v128.store(out + at, f32x4.add(turned0, f32x4.mul(v128.load(dy + at), scale0)));
      v128.store(out + at, f32x4.add(turned1, f32x4.mul(v128.load(dy + at, 16), scale1)), 16);
      at += bytes;
    }
    dy += 32;
    scale += 32;
    x += 32;
    mean += 32;
    slope += 32;
    shift += 32;
    out += 32;
  }
  for (; columns > 0; columns--) {
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const turned = (load<f32>(x + at) - load<f32>(mean)) * load<f32>(slope) + load<f32>(shift);
      store<f32>(out + at, turned + load<f32>(dy + at) * load<f32>(scale));
      at += bytes;
    }
    dy += 4;
    scale += 4;
    x += 4;
    mean += 4;
    slope += 4;
    shift += 4;
    out += 4;
  }
}

/** The sums of slopes of each channel at each position of a stretch, and behind them those of their products with the deviations from a mean. */
function slopes(length: i32, width: i32, dy: usize, x: usize, mean: usize, doubles: usize): void {
  const bytes = (<usize>width) << 2;
  memory.fill(doubles, 0, bytes << 2);
  const products = doubles + (bytes << 1);
  const most = few(width);
  while (length >= width) {
    const rows = min(most, length / width);
    addSlopes(rows, width, bytes, dy, x, mean, doubles, products);
    length -= rows * width;
    dy += <usize>rows * bytes;
    x += <usize>rows * bytes;
  }
  addSlopes(1, length, bytes, dy, x, mean, doubles, products);
}

/**
 * The mean of each group, repeated for its channels, and the inverse of its standard deviation, from sums of deviations from a
 * pivot and of their squares.
 *
 * @param mean holds the pivot of each channel, and then the mean
 * @returns whether a pivot was too far from the mean, so that digits are lost
 */
function groupMoments(
  positions: i32,
  channels: i32,
  groups: i32,
  width: i32,
  centred: bool,
  eps: f64,
  mean: usize,
  doubles: usize,
  means: usize,
  inverses: usize,
): bool {
  const depth = channels / groups;
  const count = <f64>positions * <f64>depth;
  const squares = doubles + ((<usize>width) << 3);
  let lost = false;
  for (let group = 0; group < groups; group++) {
    const end = (group + 1) * depth;
    let sum: f64 = 0;
    let square: f64 = 0;
    for (let i = group * depth; i < end; i++) {
      sum += gathered(i, channels, width, doubles);
      square += gathered(i, channels, width, squares);
    }
    const distance = centred ? sum / count : 0;
    const variance = max<f64>(0, square / count - distance * distance);
    lost = lost || distance * distance > far * variance;
    const at = (<usize>group) << 2;
    const own = <f32>(<f64>load<f32>(mean + ((<usize>group * depth) << 2)) + distance);
    store<f32>(means + at, own);
    store<f32>(inverses + at, <f32>(1 / sqrt(variance + eps)));
    for (let i = group * depth; i < end; i++) store<f32>(mean + ((<usize>i) << 2), own);
  }
  return lost;
}

/**
 * Standardizes each row's groups of channels over all positions, scales and shifts them.
 *
 * @param share the number of consecutive rows that share their weights and biases
 * @param centred whether the mean is subtracted; otherwise it counts as 0
 * @param means where the mean of each row's groups is written
 * @param inverses where the inverse of the standard deviation of each row's groups is written
 */
export function groupNorm(
  rows: i32,
  positions: i32,
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
  scratch: usize,
): void {
  if (positions === 1) {
    runNorm(rows, channels, groups, share, centred, eps, x, weight, bias, out, means, inverses);
    return;
  }
  const depth = channels / groups;
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const bytes = (<usize>channels) << 2;
  const wide = (<usize>width) << 2;
  const mean = stretchAt(scratch, wide, 0);
  const scale = stretchAt(scratch, wide, 1);
  const shift = stretchAt(scratch, wide, 2);
  for (let row = 0; row < rows; row++) {
    if (row > 0 && row % share === 0) {
      weight += bytes;
      bias += bytes;
    }
    if (row % share === 0) {
      memory.copy(shift, bias, bytes);
      spread(channels, width, shift);
    }
    if (centred) pivots(positions, channels, groups, x, mean);
    else memory.fill(mean, 0, bytes);
    spread(channels, width, mean);
    deviations(length, width, x, mean, scratch);
    const lost = groupMoments(
      positions,
      channels,
      groups,
      width,
      centred,
      eps,
      mean,
      scratch,
      means,
      inverses,
    );
    spread(channels, width, mean);
    if (lost) {
      deviations(length, width, x, mean, scratch);
      groupMoments(positions, channels, groups, width, centred, eps, mean, scratch, means, inverses);
      spread(channels, width, mean);
    }
    for (let i = 0; i < channels; i++) {
      const at = (<usize>i) << 2;
      store<f32>(scale + at, load<f32>(inverses + ((<usize>(i / depth)) << 2)) * load<f32>(weight + at));
    }
    spread(channels, width, scale);
    scaleRow(length, width, x, mean, scale, shift, out);
    x += (<usize>length) << 2;
    out += (<usize>length) << 2;
    means += (<usize>groups) << 2;
    inverses += (<usize>groups) << 2;
  }
}

/** The gradients of `groupNorm`, from those of its result. */
export function groupNormGradient(
  rows: i32,
  positions: i32,
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
  if (positions === 1) {
    runNormGradient(
      rows,
      channels,
      groups,
      share,
      centred,
      dy,
      x,
      weight,
      means,
      inverses,
      dx,
      dWeight,
      dBias,
      scratch,
    );
    return;
  }
  const depth = channels / groups;
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const count = <f64>positions * <f64>depth;
  const bytes = (<usize>channels) << 2;
  const wide = (<usize>width) << 2;
  const products = scratch + (wide << 1);
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
    slopes(length, width, dy, x, mean, scratch);
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
      const drop: f32 = centred ? <f32>((-inverse * first) / count) : 0;
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
    let left = length;
    while (left >= width) {
      const some = min(few(width), left / width);
      addScaled(some, width, wide, dy, scale, x, mean, slope, shift, dx);
      left -= some * width;
      dy += <usize>some * wide;
      x += <usize>some * wide;
      dx += <usize>some * wide;
    }
    addScaled(1, left, wide, dy, scale, x, mean, slope, shift, dx);
    dy += (<usize>left) << 2;
    x += (<usize>left) << 2;
    dx += (<usize>left) << 2;
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
