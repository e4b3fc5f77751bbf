import { deviations, far, gathered, long, pivots, scaleRow, spread, stretch } from './stretches.ts';

// Scratch has two stretches of doubles and then one of pivots, or for the gradient three in float32.

/** The bytes of scratch for `moments` and its gradient. */
export function momentsScratch(channels: i32): i32 {
  return 20 * max(long, channels);
}

/** The mean of each channel, then the variances, from sums of deviations from a pivot; whether a pivot is too far from a mean. */
function channelMoments(
  positions: i32,
  channels: i32,
  width: i32,
  pivot: usize,
  doubles: usize,
  out: usize,
): bool {
  const count = <f64>positions;
  const squares = doubles + ((<usize>width) << 3);
  const variances = out + ((<usize>channels) << 2);
  let lost = false;
  for (let i = 0; i < channels; i++) {
    const at = (<usize>i) << 2;
    const distance = gathered(i, channels, width, doubles) / count;
    const square = gathered(i, channels, width, squares) / count;
    const variance = max<f64>(0, square - distance * distance);
    lost = lost || distance * distance > far * variance;
    store<f32>(out + at, <f32>(<f64>load<f32>(pivot + at) + distance));
    store<f32>(variances + at, <f32>variance);
  }
  return lost;
}

/** The mean of each channel over all positions of each row, and behind the means of a row its variances. */
export function moments(
  rows: i32,
  positions: i32,
  channels: i32,
  x: usize,
  out: usize,
  scratch: usize,
): void {
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const pivot = scratch + ((<usize>width) << 4);
  for (let row = 0; row < rows; row++) {
    pivots(positions, channels, channels, x, pivot);
    spread(channels, width, pivot);
    deviations(length, width, x, pivot, scratch);
    if (channelMoments(positions, channels, width, pivot, scratch, out)) {
      memory.copy(pivot, out, (<usize>channels) << 2);
      spread(channels, width, pivot);
      deviations(length, width, x, pivot, scratch);
      channelMoments(positions, channels, width, pivot, scratch, out);
    }
    x += (<usize>length) << 2;
    out += (<usize>channels) << 3;
  }
}

/** The gradient of `moments`, from that of the means and variances: `(dMean + 2 dVariance (x - mean)) / positions`. */
export function momentsGradient(
  rows: i32,
  positions: i32,
  channels: i32,
  dy: usize,
  x: usize,
  found: usize,
  dx: usize,
  scratch: usize,
): void {
  const length = positions * channels;
  const width = stretch(positions, channels) * channels;
  const wide = (<usize>width) << 2;
  const bytes = (<usize>channels) << 2;
  const mean = scratch;
  const scale = mean + wide;
  const shift = scale + wide;
  const count = <f64>positions;
  for (let row = 0; row < rows; row++) {
    memory.copy(mean, found, bytes);
    for (let i = 0; i < channels; i++) {
      const at = (<usize>i) << 2;
      store<f32>(shift + at, <f32>(<f64>load<f32>(dy + at) / count));
      store<f32>(scale + at, <f32>((2 * <f64>load<f32>(dy + bytes + at)) / count));
    }
    spread(channels, width, mean);
    spread(channels, width, scale);
    spread(channels, width, shift);
    scaleRow(length, width, x, mean, scale, shift, dx);
    dy += bytes << 1;
    found += bytes << 1;
    x += (<usize>length) << 2;
    dx += (<usize>length) << 2;
  }
}
