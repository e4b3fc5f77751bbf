import { clearNumbers, copyNumbers } from './numbers.ts';
import { flushed, leastNormal } from './pack.ts';

/** Sets numbers to zero. */
function clear(count: i32, to: usize): void {
  memory.fill(to, 0, (<usize>count) << 2);
}

/** Copies numbers and flushes denormal ones to zero, as in products. */
function copyFlushed(count: i32, from: usize, to: usize, least: v128): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, flushed(v128.load(from), least));
    from += 16;
    to += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(to, flushed(v128.load32_zero(from), least), 0);
    from += 4;
    to += 4;
  }
}

/** Copies `take` numbers per pixel, padded with zeros to `lanes`. */
function copyPixels(
  count: i32,
  channels: i32,
  take: i32,
  lanes: i32,
  from: usize,
  to: usize,
  least: v128,
): void {
  if (take === channels && take === lanes) {
    copyFlushed(count * take, from, to, least);
    return;
  }
  for (; count > 0; count--) {
    copyFlushed(take, from, to, least);
    if (lanes > take) clear(lanes - take, to + ((<usize>take) << 2));
    from += (<usize>channels) << 2;
    to += (<usize>lanes) << 2;
  }
}

/**
 * Copies part of an image, with zeros where it extends beyond the image.
 *
 * @param rows the rows of the part
 * @param columns the pixels per row of the part
 * @param top the rows of the part above the image; negative if it starts further down
 * @param left the columns of the part before the image
 * @param channels the numbers per pixel of the image
 * @param take the numbers copied from each pixel
 * @param lanes the numbers per pixel of the part, padded with zeros
 */
export function cutPlane(
  rows: i32,
  columns: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  channels: i32,
  take: i32,
  lanes: i32,
  from: usize,
  to: usize,
): void {
  const least = leastNormal();
  const before = min(max(left, 0), columns);
  const first = max(-left, 0);
  const count = max(min(columns - before, width - first), 0);
  const pixel = (<usize>lanes) << 2;
  for (let row = 0; row < rows; row++) {
    const y = row - top;
    if (y < 0 || y >= height || count === 0) clear(columns * lanes, to);
    else {
      const at = to + <usize>before * pixel;
      clear(before * lanes, to);
      copyPixels(
        count,
        channels,
        take,
        lanes,
        from + ((<usize>((y * width + first) * channels)) << 2),
        at,
        least,
      );
      clear((columns - before - count) * lanes, at + <usize>count * pixel);
    }
    to += <usize>columns * pixel;
  }
}

/**
 * The inverse of `cutPlane`: copies the part's pixels back into the image. Pixels of the image outside the part become
 * zero.
 */
export function pastePlane(
  rows: i32,
  columns: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
  channels: i32,
  take: i32,
  lanes: i32,
  from: usize,
  to: usize,
): void {
  for (let y = 0; y < height; y++) {
    const row = y + top;
    let source = from + ((<usize>((row * columns + left) * lanes)) << 2);
    for (let x = 0; x < width; x++) {
      const column = x + left;
      if (row < 0 || row >= rows || column < 0 || column >= columns) clearNumbers(take, to);
      else copyNumbers(take, source, to);
      source += (<usize>lanes) << 2;
      to += (<usize>channels) << 2;
    }
  }
}

/** Fills rows, `step` bytes apart, with copies of one row of `count` numbers, or with zeros if `from` is 0. */
export function fillRows(rows: i32, count: i32, step: usize, from: usize, to: usize): void {
  for (; rows > 0; rows--) {
    if (from === 0) clearNumbers(count, to);
    else copyNumbers(count, from, to);
    to += step;
  }
}
