/** A picture in red, green and blue. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly at: (x: number, y: number) => readonly number[];
}

/** Reads a PNG of stored bytes, without filters, as figures have them. The browser's and Node's decoders are stricter. */
export const readPixels = (url: string): Pixels => {
  const bytes = Uint8Array.from(atob(url.replace(/^data:image\/png;base64,/, '')), (each) =>
    each.charCodeAt(0),
  );
  const view = new DataView(bytes.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  // Signature, header, and the start of the data; zlib's two bytes, and five of a block.
  const start = 8 + 25 + 8 + 2 + 5;
  const row = 1 + 3 * width;
  if (row * height > 65_535) throw new Error('this picture is of several blocks');
  return {
    width,
    height,
    at: (x, y) => Array.from(bytes.subarray(start + y * row + 1 + 3 * x, start + y * row + 4 + 3 * x)),
  };
};
