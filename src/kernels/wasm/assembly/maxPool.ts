// A window's maximum is that of the cpu backend: numbers are compared in order with -Infinity and the largest so far, so that
// NaN is passed over, and the first of equal numbers is taken.

/**
 * The maxima of the windows of images, -Infinity for a window that covers only padding.
 *
 * @param lowest -Infinity; V8 would rebuild a constant in every iteration
 * @param x the images
 * @param out the maxima, `channels` numbers per window
 */
export function maxPool(
  images: i32,
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
  lowest: f32,
  x: usize,
  out: usize,
): void {
  const bytes = (<usize>channels) << 2;
  const rowBytes = <usize>width * bytes;
  const small =
    tapRows === 2 &&
    tapColumns === 2 &&
    inside(columns, 2, strideColumns, left, width) &&
    (channels & 3) === 0;
  for (; images > 0; images--) {
    for (let row = 0; row < rows; row++) {
      const firstRow = row * strideRows - top;
      const fromRow = max(firstRow, 0);
      const rowCount = min(firstRow + tapRows, height) - fromRow;
      const start = x + <usize>fromRow * rowBytes;
      if (small && rowCount === 2) {
        maximaOfFours(
          columns,
          <usize>strideColumns * bytes,
          bytes,
          rowBytes,
          lowest,
          start - <usize>left * bytes,
          out,
        );
        out += <usize>columns * bytes;
        continue;
      }
      for (let column = 0; column < columns; column++) {
        const firstColumn = column * strideColumns - left;
        const fromColumn = max(firstColumn, 0);
        const count = min(firstColumn + tapColumns, width) - fromColumn;
        maxima(channels, rowCount, count, rowBytes, lowest, start + <usize>fromColumn * bytes, out);
        out += bytes;
      }
    }
    x += <usize>height * rowBytes;
  }
}

/** Whether no window of a row covers padding. */
function inside(columns: i32, taps: i32, stride: i32, left: i32, width: i32): bool {
  return left <= 0 && (columns - 1) * stride - left + taps <= width;
}

/** The maxima of a window with `rows` by `columns` pixels inside the image. */
function maxima(
  channels: i32,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  lowest: f32,
  x: usize,
  out: usize,
): void {
  const bytes = (<usize>channels) << 2;
  let left = channels;
  for (; left >= 4; left -= 4) {
    let largest = f32x4.splat(lowest);
    let start = x;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        largest = f32x4.pmax(largest, v128.load(at));
        at += bytes;
      }
      start += rowBytes;
    }
    v128.store(out, largest);
    x += 16;
    out += 16;
  }
  for (; left > 0; left--) {
    let largest = lowest;
    let start = x;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        const number = load<f32>(at);
        if (number > largest) largest = number;
        at += bytes;
      }
      start += rowBytes;
    }
    store<f32>(out, largest);
    x += 4;
    out += 4;
  }
}

/** The maxima of windows of two by two pixels of so many bytes, a multiple of 16, that start `step` bytes apart. */
function maximaOfFours(
  windows: i32,
  step: usize,
  bytes: usize,
  rowBytes: usize,
  lowest: f32,
  x: usize,
  out: usize,
): void {
  const low = f32x4.splat(lowest);
  for (; windows > 0; windows--) {
    const end = x + bytes;
    const below = rowBytes + bytes;
    for (let at = x; at < end; at += 16) {
      const first = f32x4.pmax(low, v128.load(at));
      const upper = f32x4.pmax(first, v128.load(at + bytes));
      const three = f32x4.pmax(upper, v128.load(at + rowBytes));
      v128.store(out, f32x4.pmax(three, v128.load(at + below)));
      out += 16;
    }
    x += step;
  }
}

/**
 * The gradient of max pooling for images. In each window and channel it goes to the first number that
 * is as large as the maximum.
 *
 * @param x the images
 * @param y the maxima, and `dy` their gradient, `channels` numbers per window
 * @param dx the images' gradient
 * @param apart whether windows do not overlap: then gradients are written, not added
 * @param covered whether the windows cover all pixels, and do not overlap
 */
export function maxPoolGradient(
  images: i32,
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
  covered: bool,
): void {
  const bytes = (<usize>channels) << 2;
  const rowBytes = <usize>width * bytes;
  const small =
    apart &&
    tapRows === 2 &&
    tapColumns === 2 &&
    inside(columns, 2, strideColumns, left, width) &&
    (channels & 3) === 0;
  const image = <usize>height * rowBytes;
  for (; images > 0; images--) {
    if (!covered) memory.fill(dx, 0, image);
    for (let row = 0; row < rows; row++) {
      const firstRow = row * strideRows - top;
      const fromRow = max(firstRow, 0);
      const rowCount = min(firstRow + tapRows, height) - fromRow;
      const start = <usize>fromRow * rowBytes;
      if (small && rowCount === 2) {
        const first = start - <usize>left * bytes;
        slopesOfFours(columns, <usize>strideColumns * bytes, bytes, rowBytes, x + first, y, dy, dx + first);
        y += <usize>columns * bytes;
        dy += <usize>columns * bytes;
        continue;
      }
      for (let column = 0; column < columns; column++) {
        const firstColumn = column * strideColumns - left;
        const fromColumn = max(firstColumn, 0);
        const count = min(firstColumn + tapColumns, width) - fromColumn;
        const corner = start + <usize>fromColumn * bytes;
        slopes(channels, rowCount, count, rowBytes, x + corner, y, dy, dx + corner, apart);
        y += bytes;
        dy += bytes;
      }
    }
    x += image;
    dx += image;
  }
}

/** The gradients of windows of two by two pixels, as in `maximaOfFours`, that do not overlap. */
function slopesOfFours(
  windows: i32,
  step: usize,
  bytes: usize,
  rowBytes: usize,
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
): void {
  const last = rowBytes + bytes;
  for (; windows > 0; windows--) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const largest = v128.load(y);
      const slope = v128.load(dy);
      const from = x + at;
      const to = dx + at;
      const first = f32x4.ge(v128.load(from), largest);
      const right = f32x4.ge(v128.load(from + bytes), largest);
      const below = f32x4.ge(v128.load(from + rowBytes), largest);
      const corner = f32x4.ge(v128.load(from + last), largest);
      const upper = v128.or(first, right);
      v128.store(to, v128.and(slope, first));
      v128.store(to + bytes, v128.and(slope, v128.andnot(right, first)));
      v128.store(to + rowBytes, v128.and(slope, v128.andnot(below, upper)));
      v128.store(to + last, v128.and(slope, v128.andnot(corner, v128.or(upper, below))));
      y += 16;
      dy += 16;
    }
    x += step;
    dx += step;
  }
}

/** The gradient of a window with `rows` by `columns` pixels inside the image. */
function slopes(
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
        const taken = v128.and(open, f32x4.ge(v128.load(x + at), largest));
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
        const taken = open && load<f32>(x + at) >= largest;
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
