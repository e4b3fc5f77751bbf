import type { Images } from '../../examples/lenet/data.ts';
import { centred } from '../digits/centre.ts';
import { SIDE } from '../digits/raster.ts';
import { traceStrokes } from '../digits/skeleton.ts';

/** Pictures of 784 grey values each, and their labels. */
export interface Pictures {
  readonly pixels: readonly Float32Array[];
  readonly labels: readonly number[];
}

/** Images as plain numbers. */
export const pictures = async ({ images, labels }: Images): Promise<Pictures> => {
  const values = (await images.data()) as Float32Array;
  const size = SIDE * SIDE;
  return {
    labels: Array.from(await labels.data()),
    pixels: Array.from({ length: labels.size }, (_, i) => values.subarray(i * size, (i + 1) * size)),
  };
};

/** The pictures redrawn with the page's pen along their centre lines. */
export const redrawn = ({ pixels, labels }: Pictures): Pictures => ({
  labels,
  pixels: pixels.map((picture) => centred(traceStrokes(picture)) ?? picture),
});
