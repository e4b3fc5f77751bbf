import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pngUrl } from '../../src/plot/png.ts';

const decode = (url: string) => Uint8Array.from(atob(url.split(',')[1]!), (each) => each.charCodeAt(0));

/** Without a table, from the definition: the remainder of the division by the polynomial (RFC 2083, 15). */
const crcOf = (bytes: Uint8Array): number => {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  return (
    (bytes.reduce((c, byte) => (table[(c ^ byte) & 255]! ^ (c >>> 8)) >>> 0, 0xffffffff) ^ 0xffffffff) >>> 0
  );
};

const inflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

describe('a PNG', () => {
  it('has its pixels, in chunks with their checksums, of several blocks too', async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 120 }));
    await fc.assert(
      fc.asyncProperty(sizes, async ([width, height]) => {
        const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7919) & 255);
        const bytes = decode(pngUrl(width, height, rgb));
        expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
        const view = new DataView(bytes.buffer);
        const chunks: Record<string, Uint8Array<ArrayBuffer>> = {};
        for (let at = 8; at < bytes.length; ) {
          const length = view.getUint32(at);
          const named = bytes.slice(at + 4, at + 8 + length);
          expect(view.getUint32(at + 8 + length)).toBe(crcOf(named));
          chunks[String.fromCharCode(...named.subarray(0, 4))] = named.slice(4);
          at += 12 + length;
        }
        expect(Object.keys(chunks)).toEqual(['IHDR', 'IDAT', 'IEND']);
        const rows = await inflated(chunks.IDAT!);
        expect(rows).toHaveLength(height * (1 + 3 * width));
        const plain = rows.filter((_, i) => i % (1 + 3 * width) !== 0);
        expect(plain.every((byte, i) => byte === rgb[i])).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
