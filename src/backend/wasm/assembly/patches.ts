import { addNumbers, clearNumbers, copyNumbers } from './numbers.ts';

/**
 * Copies what the windows along one row of an image see: a patch of `taps` pixels each, zero beside the row.
 *
 * @param windows how many windows there are, `stride` pixels apart, the first beginning `pad` before the row
 * @param length pixels in the row, of `channels` numbers; 0 for a row beside the image
 * @param step bytes from patch to patch
 */
export function gatherRow(
  windows: i32,
  taps: i32,
  channels: i32,
  length: i32,
  stride: i32,
  pad: i32,
  image: usize,
  patches: usize,
  step: usize,
): void {
  let start = -pad;
  for (; windows > 0; windows--) {
    const low = min(max(-start, 0), taps);
    const high = max(min(length - start, taps), low);
    clearNumbers(low * channels, patches);
    const bytes = (<usize>(low * channels)) << 2;
    copyNumbers((high - low) * channels, image + ((<usize>(start * channels)) << 2) + bytes, patches + bytes);
    clearNumbers((taps - high) * channels, patches + ((<usize>(high * channels)) << 2));
    start += stride;
    patches += step;
  }
}

/** Adds patches to the pixels that `gatherRow` takes them from. */
export function scatterRow(
  windows: i32,
  taps: i32,
  channels: i32,
  length: i32,
  stride: i32,
  pad: i32,
  image: usize,
  patches: usize,
  step: usize,
): void {
  let start = -pad;
  for (; windows > 0; windows--) {
    const low = min(max(-start, 0), taps);
    const high = max(min(length - start, taps), low);
    const bytes = (<usize>(low * channels)) << 2;
    addNumbers((high - low) * channels, patches + bytes, image + ((<usize>(start * channels)) << 2) + bytes);
    start += stride;
    patches += step;
  }
}
