import type { Place, Strokes } from './strokes.ts';

/** Pixels on a side of MNIST's pictures. */
export const SIDE = 28;

const distanceTo = (a: Place, b: Place, x: number, y: number): number => {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / length));
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
};

/**
 * Renders strokes, in units of pixels, as a grey picture of `SIDE * SIDE` values from 0 to 1, row by row. The pen is
 * round with the given radius; each pixel is as dark as the share of it that the pen covers, to first order.
 */
export const raster = (strokes: Strokes, radius: number): Float32Array => {
  const pixels = new Float32Array(SIDE * SIDE);
  for (const stroke of strokes) {
    stroke.forEach((b, index) => {
      const a = stroke[Math.max(0, index - 1)] as Place;
      const reach = radius + 0.5;
      const from = (low: number) => Math.max(0, Math.floor(low - reach - 0.5));
      const to = (high: number) => Math.min(SIDE - 1, Math.ceil(high + reach - 0.5));
      for (let row = from(Math.min(a.y, b.y)); row <= to(Math.max(a.y, b.y)); row++) {
        for (let column = from(Math.min(a.x, b.x)); column <= to(Math.max(a.x, b.x)); column++) {
          const ink = reach - distanceTo(a, b, column + 0.5, row + 0.5);
          const at = row * SIDE + column;
          pixels[at] = Math.max(pixels[at] as number, Math.min(1, ink));
        }
      }
    });
  }
  return pixels;
};
