import { addProducts, addScaled, dot } from './numbers.ts';

/**
 * Adds one row of windows to the gradient of one row of a depthwise filter: to the weight of each tap, channel and
 * multiple, the pixel under it times the window's `dy`.
 *
 * @param windows the number of windows, `stride` pixels apart, the first starting `pad` before the row
 * @param taps the weights in the row of the filter, `dilation` pixels apart
 * @param length the pixels in the row of the image
 * @param image the row of the image, with `channels` numbers per pixel
 * @param dy the row of windows, with `channels multiplier` numbers each
 * @param filter the row of the filter's gradient, with as many numbers per tap
 */
export function depthwiseFilterRow(
  windows: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
  length: i32,
  stride: i32,
  dilation: i32,
  pad: i32,
  image: usize,
  dy: usize,
  filter: usize,
): void {
  const all = (<usize>(channels * multiplier)) << 2;
  let start = -pad;
  for (; windows > 0; windows--) {
    let at = start;
    let weights = filter;
    for (let tap = taps; tap > 0; tap--) {
      const pixel = image + ((<usize>(at * channels)) << 2);
      if (<u32>at < <u32>length) {
        if (multiplier === 1) addProducts(channels, pixel, dy, weights);
        else
          for (let c = 0; c < channels; c++) {
            const offset = (<usize>(c * multiplier)) << 2;
            addScaled(multiplier, dy + offset, load<f32>(pixel + ((<usize>c) << 2)), weights + offset);
          }
      }
      at += dilation;
      weights += all;
    }
    start += stride;
    dy += all;
  }
}

/** Adds one row of windows to the gradient of the image, `image` here; otherwise like `depthwiseFilterRow`. */
export function depthwiseInputRow(
  windows: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
  length: i32,
  stride: i32,
  dilation: i32,
  pad: i32,
  image: usize,
  dy: usize,
  filter: usize,
): void {
  const all = (<usize>(channels * multiplier)) << 2;
  let start = -pad;
  for (; windows > 0; windows--) {
    let at = start;
    let weights = filter;
    for (let tap = taps; tap > 0; tap--) {
      const pixel = image + ((<usize>(at * channels)) << 2);
      if (<u32>at < <u32>length) {
        if (multiplier === 1) addProducts(channels, dy, weights, pixel);
        else
          for (let c = 0; c < channels; c++) {
            const offset = (<usize>(c * multiplier)) << 2;
            const to = pixel + ((<usize>c) << 2);
            store<f32>(to, load<f32>(to) + dot(multiplier, dy + offset, weights + offset));
          }
      }
      at += dilation;
      weights += all;
    }
    start += stride;
    dy += all;
  }
}

/** Adds one row of a filter's products to one row of the result, `dy` here; otherwise like `depthwiseFilterRow`. */
export function depthwiseRow(
  windows: i32,
  taps: i32,
  channels: i32,
  multiplier: i32,
  length: i32,
  stride: i32,
  dilation: i32,
  pad: i32,
  image: usize,
  dy: usize,
  filter: usize,
): void {
  const all = (<usize>(channels * multiplier)) << 2;
  let start = -pad;
  for (; windows > 0; windows--) {
    let at = start;
    let weights = filter;
    for (let tap = taps; tap > 0; tap--) {
      const pixel = image + ((<usize>(at * channels)) << 2);
      if (<u32>at < <u32>length) {
        if (multiplier === 1) addProducts(channels, pixel, weights, dy);
        else
          for (let c = 0; c < channels; c++) {
            const offset = (<usize>(c * multiplier)) << 2;
            addScaled(multiplier, weights + offset, load<f32>(pixel + ((<usize>c) << 2)), dy + offset);
          }
      }
      at += dilation;
      weights += all;
    }
    start += stride;
    dy += all;
  }
}
