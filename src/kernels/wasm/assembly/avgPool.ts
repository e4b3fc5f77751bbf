/**
 * The gradient of average pooling for images: that of a window's mean, divided by the number of its pixels inside the image, goes
 * to all of them.
 *
 * @param dy the gradient of the means, `channels` numbers per window
 * @param dx the images' gradient
 */
export function avgPoolGradient(
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
  dy: usize,
  dx: usize,
): void {
  const bytes = (<usize>channels) << 2;
  const rowBytes = <usize>width * bytes;
  const image = <usize>height * rowBytes;
  for (; images > 0; images--) {
    memory.fill(dx, 0, image);
    for (let row = 0; row < rows; row++) {
      const firstRow = row * strideRows - top;
      const fromRow = max(firstRow, 0);
      const rowCount = min(firstRow + tapRows, height) - fromRow;
      for (let column = 0; column < columns; column++) {
        const firstColumn = column * strideColumns - left;
        const fromColumn = max(firstColumn, 0);
        const count = min(firstColumn + tapColumns, width) - fromColumn;
        const corner = dx + <usize>fromRow * rowBytes + <usize>fromColumn * bytes;
        addShares(channels, rowCount, count, rowBytes, dy, corner);
        dy += bytes;
      }
    }
    dx += image;
  }
}

/** Adds a window's gradient, divided by the number of its pixels, to each of `rows` by `columns` pixels. */
function addShares(channels: i32, rows: i32, columns: i32, rowBytes: usize, dy: usize, dx: usize): void {
  const bytes = (<usize>channels) << 2;
  const share = <f32>(1 / <f64>(rows * columns));
  const shares = f32x4.splat(share);
  let left = channels;
  for (; left >= 4; left -= 4) {
    const slope = f32x4.mul(v128.load(dy), shares);
    let start = dx;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        v128.store(at, f32x4.add(v128.load(at), slope));
        at += bytes;
      }
      start += rowBytes;
    }
    dy += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    const slope = load<f32>(dy) * share;
    let start = dx;
    for (let row = 0; row < rows; row++) {
      let at = start;
      for (let column = 0; column < columns; column++) {
        store<f32>(at, load<f32>(at) + slope);
        at += bytes;
      }
      start += rowBytes;
    }
    dy += 4;
    dx += 4;
  }
}
