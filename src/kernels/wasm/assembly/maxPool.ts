/**
 * Adds the gradient of max pooling to that of one image. In each window and channel it goes to the first number that
 * is not less than the maximum.
 *
 * @param x the image
 * @param y the maxima, and `dy` their gradient, `channels` numbers per window
 * @param dx the image's gradient
 * @param apart whether windows do not overlap: then gradients are written, not added
 */
export function addMaxPoolGradient(
  channels: i32,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
  tapRows: i32,
  tapColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  top: i32,
  left: i32,
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  apart: bool,
): void {
  const bytes = (<usize>channels) << 2;
  for (let row = 0; row < rows; row++) {
    const firstRow = row * strideRows - top;
    const fromRow = max(firstRow, 0);
    const toRow = min(firstRow + tapRows, height);
    for (let column = 0; column < columns; column++) {
      const firstColumn = column * strideColumns - left;
      const fromColumn = max(firstColumn, 0);
      const count = min(firstColumn + tapColumns, width) - fromColumn;
      const corner = <usize>(fromRow * width + fromColumn) * bytes;
      window(channels, toRow - fromRow, count, <usize>width * bytes, x + corner, y, dy, dx + corner, apart);
      y += bytes;
      dy += bytes;
    }
  }
}

/** One window, with `rows` by `columns` pixels inside the image. */
function window(
  channels: i32,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  apart: bool,
): void {
  const bytes = (<usize>channels) << 2;
  let left = channels;
  for (; left >= 4; left -= 4) {
    const largest = v128.load(y);
    const slope = v128.load(dy);
    let open = i32x4.splat(-1);
    let start: usize = 0;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        const taken = v128.andnot(open, f32x4.lt(v128.load(x + at), largest));
        const given = v128.and(slope, taken);
        v128.store(dx + at, apart ? given : f32x4.add(v128.load(dx + at), given));
        open = v128.andnot(open, taken);
        at += bytes;
      }
      start += rowBytes;
    }
    x += 16;
    y += 16;
    dy += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    const largest = load<f32>(y);
    let open = true;
    let start: usize = 0;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        const taken = open && !(load<f32>(x + at) < largest);
        const given: f32 = taken ? load<f32>(dy) : 0;
        store<f32>(dx + at, apart ? given : load<f32>(dx + at) + given);
        open = open && !taken;
        at += bytes;
      }
      start += rowBytes;
    }
    x += 4;
    y += 4;
    dy += 4;
    dx += 4;
  }
}
