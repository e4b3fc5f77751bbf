import { addFourToDoubles, fromDoubles } from './numbers.ts';
import { runNorm, runNormGradient, runNormScratch } from './runNorm.ts';

// Each image fits in a cache, and is read twice: for the moments and for the result. Several positions are treated as one, a
// stretch with more channels, so that vectors are full; what belongs to a channel is repeated for it. Some stretches are read
// together, column by column, so that sums and what belongs to a channel stay in registers. The sums of channels are combined
// to those of their groups.

/** The numbers of a stretch of several positions, at most: those of a line of the cache. */
const long: i32 = 16;

/** The numbers of a group whose mean is near that of all. */
const enough: i32 = 8;

/** The moments are taken again, about the mean, if its squared distance from the pivot is this many variances. */
const far: f64 = 4;

/** The number of stretches that are read together, and whose numbers are added in float32, and these sums in doubles. */
function few(width: i32): i32 {
  // Many lines at large distances would drive each other from the cache.
  return width < 512 ? 16 : 4;
}

/** The number of positions in a stretch. */
function stretch(positions: i32, channels: i32): i32 {
  return max(1, min(positions, long / channels));
}

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

/** Adds the deviations of some stretches from a pivot to doubles, and their squares to others. */
function addDeviations(
  rows: i32,
  columns: i32,
  bytes: usize,
  x: usize,
  pivot: usize,
  sums: usize,
  squares: usize,
): void {
  for (; columns >= 8; columns -= 8) {
    const pivot0 = v128.load(pivot);
    const pivot1 = v128.load(pivot, 16);
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let square0 = sum0;
    let square1 = sum0;
    let at = x;
    for (let row = 0; row < rows; row++) {
      const deviation0 = f32x4.sub(v128.load(at), pivot0);
      const deviation1 = f32x4.sub(v128.load(at, 16), pivot1);
      sum0 = f32x4.add(sum0, deviation0);
      sum1 = f32x4.add(sum1, deviation1);
      square0 = f32x4.add(square0, f32x4.mul(deviation0, deviation0));
      square1 = f32x4.add(square1, f32x4.mul(deviation1, deviation1));
      at += bytes;
    }
    addFourToDoubles(sum0, sums);
    addFourToDoubles(sum1, sums + 32);
    addFourToDoubles(square0, squares);
    addFourToDoubles(square1, squares + 32);
    x += 32;
    pivot += 32;
    sums += 64;
    squares += 64;
  }
  for (; columns > 0; columns--) {
    let sum: f32 = 0;
    let square: f32 = 0;
    let at = x;
    for (let row = 0; row < rows; row++) {
      const deviation = load<f32>(at) - load<f32>(pivot);
      sum += deviation;
      square += deviation * deviation;
      at += bytes;
    }
    store<f64>(sums, load<f64>(sums) + <f64>sum);
    store<f64>(squares, load<f64>(squares) + <f64>square);
    x += 4;
    pivot += 4;
    sums += 8;
    squares += 8;
  }
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

/** The deviations of some stretches from a mean, scaled, plus a bias. */
function scaleDeviations(
  rows: i32,
  columns: i32,
  bytes: usize,
  x: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  out: usize,
): void {
  for (; columns >= 8; columns -= 8) {
    const mean0 = v128.load(mean);
    const mean1 = v128.load(mean, 16);
    const scale0 = v128.load(scale);
    const scale1 = v128.load(scale, 16);
    const bias0 = v128.load(bias);
    const bias1 = v128.load(bias, 16);
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const deviation0 = f32x4.sub(v128.load(x + at), mean0);
      const deviation1 = f32x4.sub(v128.load(x + at, 16), mean1);
      v128.store(out + at, f32x4.add(f32x4.mul(deviation0, scale0), bias0));
      v128.store(out + at, f32x4.add(f32x4.mul(deviation1, scale1), bias1), 16);
      at += bytes;
    }
    x += 32;
    mean += 32;
    scale += 32;
    bias += 32;
    out += 32;
  }
  for (; columns > 0; columns--) {
    let at: usize = 0;
    for (let row = 0; row < rows; row++) {
      const deviation = load<f32>(x + at) - load<f32>(mean);
      store<f32>(out + at, deviation * load<f32>(scale) + load<f32>(bias));
      at += bytes;
    }
    x += 4;
    mean += 4;
    scale += 4;
    bias += 4;
    out += 4;
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

/** The mean of each group's first numbers, repeated for its channels: near the mean of all, unless the data drifts. */
function pivots(positions: i32, channels: i32, groups: i32, x: usize, to: usize): void {
  const depth = channels / groups;
  const rows = min(positions, (enough + depth - 1) / depth);
  for (let group = 0; group < groups; group++) {
    const end = (group + 1) * depth;
    let sum: f64 = 0;
    for (let row = 0; row < rows; row++)
      for (let i = group * depth; i < end; i++) sum += <f64>load<f32>(x + ((<usize>row * channels + i) << 2));
    const pivot = <f32>(sum / <f64>(rows * depth));
    for (let i = group * depth; i < end; i++) store<f32>(to + ((<usize>i) << 2), pivot);
  }
}

/** The sums of deviations from a pivot of each channel at each position of a stretch, and behind them those of squares. */
function deviations(length: i32, width: i32, x: usize, pivot: usize, doubles: usize): void {
  const bytes = (<usize>width) << 2;
  memory.fill(doubles, 0, bytes << 2);
  const squares = doubles + (bytes << 1);
  const most = few(width);
  while (length >= width) {
    const rows = min(most, length / width);
    addDeviations(rows, width, bytes, x, pivot, doubles, squares);
    length -= rows * width;
    x += <usize>rows * bytes;
  }
  addDeviations(1, length, bytes, x, pivot, doubles, squares);
}

/** Likewise the sums of slopes, and behind them those of their products with the deviations from a mean. */
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
function moments(
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
    const lost = moments(positions, channels, groups, width, centred, eps, mean, scratch, means, inverses);
    spread(channels, width, mean);
    if (lost) {
      deviations(length, width, x, mean, scratch);
      moments(positions, channels, groups, width, centred, eps, mean, scratch, means, inverses);
      spread(channels, width, mean);
    }
    for (let i = 0; i < channels; i++) {
      const at = (<usize>i) << 2;
      store<f32>(scale + at, load<f32>(inverses + ((<usize>(i / depth)) << 2)) * load<f32>(weight + at));
    }
    spread(channels, width, scale);
    let left = length;
    while (left >= width) {
      const some = min(few(width), left / width);
      scaleDeviations(some, width, wide, x, mean, scale, shift, out);
      left -= some * width;
      x += <usize>some * wide;
      out += <usize>some * wide;
    }
    scaleDeviations(1, left, wide, x, mean, scale, shift, out);
    x += (<usize>left) << 2;
    out += (<usize>left) << 2;
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
