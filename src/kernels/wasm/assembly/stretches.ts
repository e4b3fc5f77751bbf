import { addFourToDoubles } from './numbers.ts';

// Several positions are treated as one, a stretch with more channels, so that vectors are full; what belongs to a channel is
// repeated for it. Some stretches are read together, column by column, so that sums and what belongs to a channel stay in
// registers.

/** The numbers of a stretch of several positions, at most: those of a line of the cache. */
export const long: i32 = 16;

/** The numbers of a group whose mean is near that of all. */
const enough: i32 = 8;

/** The moments are taken again, about the mean, if its squared distance from the pivot is this many variances. */
export const far: f64 = 4;

/** The number of stretches that are read together, and whose numbers are added in float32, and these sums in doubles. */
export function few(width: i32): i32 {
  // Many lines at large distances would drive each other from the cache.
  return width < 512 ? 16 : 4;
}

/** The number of positions in a stretch. */
export function stretch(positions: i32, channels: i32): i32 {
  return max(1, min(positions, long / channels));
}

/** Repeats numbers of channels for all positions of a stretch. */
export function spread(channels: i32, width: i32, to: usize): void {
  const end = to + ((<usize>width) << 2);
  const bytes = (<usize>channels) << 2;
  for (let at = to + bytes; at < end; at += 4) store<f32>(at, load<f32>(at - bytes));
}

/** The sum of a channel over the positions of a stretch. */
export function gathered(channel: i32, channels: i32, width: i32, doubles: usize): f64 {
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

/** The mean of each group's first numbers, repeated for its channels: near the mean of all, unless the data drifts. */
export function pivots(positions: i32, channels: i32, groups: i32, x: usize, to: usize): void {
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
export function deviations(length: i32, width: i32, x: usize, pivot: usize, doubles: usize): void {
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

/** The deviations of all numbers of a row from a mean, scaled, plus a bias. */
export function scaleRow(
  length: i32,
  width: i32,
  x: usize,
  mean: usize,
  scale: usize,
  bias: usize,
  out: usize,
): void {
  const bytes = (<usize>width) << 2;
  const most = few(width);
  while (length >= width) {
    const rows = min(most, length / width);
    scaleDeviations(rows, width, bytes, x, mean, scale, bias, out);
    length -= rows * width;
    x += <usize>rows * bytes;
    out += <usize>rows * bytes;
  }
  scaleDeviations(1, length, bytes, x, mean, scale, bias, out);
}
