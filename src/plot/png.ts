const crc = (bytes: Uint8Array): number => {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
};

const adler = (bytes: Uint8Array): number => {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
};

const big32 = (value: number): readonly number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

const joined = (...parts: readonly ArrayLike<number>[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const chunk = (name: string, content: ArrayLike<number>): Uint8Array => {
  const named = joined(new TextEncoder().encode(name), content);
  return joined(big32(content.length), named, big32(crc(named)));
};

/** The most bytes of a block that is stored as it is. */
const BLOCK = 65_535;

/** A zlib stream of bytes as they are: what compresses is asynchronous in a page, and figures are small. */
const stored = (bytes: Uint8Array): Uint8Array => {
  const blocks = Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, i) => {
    const part = bytes.subarray(i * BLOCK, (i + 1) * BLOCK);
    const [low, high] = [part.length & 255, part.length >> 8];
    const isLast = (i + 1) * BLOCK >= bytes.length;
    return joined([isLast ? 1 : 0, low, high, low ^ 255, high ^ 255], part);
  });
  return joined([0x78, 1], ...blocks, big32(adler(bytes)));
};

/** A picture in red, green and blue bytes, row by row from above, as the URL of a PNG (RFC 2083). */
export const pngUrl = (width: number, height: number, rgb: Uint8Array): string => {
  const rows = Array.from({ length: height }, (_, y) => [
    [0],
    rgb.subarray(3 * y * width, 3 * (y + 1) * width),
  ]).flat();
  const header = [...big32(width), ...big32(height), 8, 2, 0, 0, 0];
  const file = joined(
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk('IHDR', header),
    chunk('IDAT', stored(joined(...rows))),
    chunk('IEND', []),
  );
  return `data:image/png;base64,${btoa(Array.from(file, (byte) => String.fromCharCode(byte)).join(''))}`;
};
