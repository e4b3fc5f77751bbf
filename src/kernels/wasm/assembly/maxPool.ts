// A window's maximum is that of the cpu backend: numbers are compared in order with -Infinity and the largest so far, so that
// NaN is passed over, and the first of equal numbers is taken.

/**
 * The maxima of the windows of one image, -Infinity for a window that covers only padding.
 *
 * @param x the image
 * @param out the maxima, `channels` numbers per window
 */
export function maxPool(
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
  out: usize,
): void {
  const bytes = (<usize>channels) << 2;
  const rowBytes = <usize>width * bytes;
  const vectors = (channels & 3) === 0;
  for (let row = 0; row < rows; row++) {
    const firstRow = row * strideRows - top;
    const fromRow = max(firstRow, 0);
    const rowCount = min(firstRow + tapRows, height) - fromRow;
    for (let column = 0; column < columns; column++) {
      const firstColumn = column * strideColumns - left;
      const fromColumn = max(firstColumn, 0);
      const count = min(firstColumn + tapColumns, width) - fromColumn;
      const corner = x + <usize>(fromRow * width + fromColumn) * bytes;
      if (vectors && rowCount === 2 && count === 2) maximaOfFour(bytes, rowBytes, corner, out);
      else maxima(channels, rowCount, count, rowBytes, corner, out);
      out += bytes;
    }
  }
}

/** The maxima of a window with `rows` by `columns` pixels inside the image. */
function maxima(channels: i32, rows: i32, columns: i32, rowBytes: usize, x: usize, out: usize): void {
  const bytes = (<usize>channels) << 2;
  let left = channels;
  for (; left >= 4; left -= 4) {
    let largest = f32x4.splat(-Infinity);
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
    let largest: f32 = -Infinity;
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

/** The maxima of a window of two by two pixels of so many bytes, a multiple of 16. */
function maximaOfFour(bytes: usize, rowBytes: usize, x: usize, out: usize): void {
  const right = x + bytes;
  const below = x + rowBytes;
  const last = below + bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    const first = f32x4.pmax(f32x4.splat(-Infinity), v128.load(x + at));
    const upper = f32x4.pmax(first, v128.load(right + at));
    const three = f32x4.pmax(upper, v128.load(below + at));
    v128.store(out + at, f32x4.pmax(three, v128.load(last + at)));
  }
}

/**
 * Adds the gradient of max pooling to that of one image. In each window and channel it goes to the first number that
 * is as large as the maximum.
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
  const rowBytes = <usize>width * bytes;
  const vectors = apart && (channels & 3) === 0;
  for (let row = 0; row < rows; row++) {
    const firstRow = row * strideRows - top;
    const fromRow = max(firstRow, 0);
    const rowCount = min(firstRow + tapRows, height) - fromRow;
    for (let column = 0; column < columns; column++) {
      const firstColumn = column * strideColumns - left;
      const fromColumn = max(firstColumn, 0);
      const count = min(firstColumn + tapColumns, width) - fromColumn;
      const corner = <usize>(fromRow * width + fromColumn) * bytes;
      if (vectors && rowCount === 2 && count === 2)
        slopesOfFour(bytes, rowBytes, x + corner, y, dy, dx + corner);
      else slopes(channels, rowCount, count, rowBytes, x + corner, y, dy, dx + corner, apart);
      y += bytes;
      dy += bytes;
    }
  }
}

/** The gradient of a window of two by two pixels of so many bytes, a multiple of 16, which no other window covers. */
function slopesOfFour(bytes: usize, rowBytes: usize, x: usize, y: usize, dy: usize, dx: usize): void {
  const last = rowBytes + bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    const largest = v128.load(y + at);
    const slope = v128.load(dy + at);
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
