import { raster, SIDE } from './raster.ts';
import { boundingBox, mapPlaces, type Place, type Strokes } from './strokes.ts';

/** The side of the box to which MNIST's digits were scaled, in pixels. */
export const BOX = 20;

/**
 * The distance of MNIST's centres of mass from the left and upper edges, to half a pixel: the middle of pixel 14,
 * counted from 0, which is not the middle of the picture.
 */
export const MIDDLE = 14.5;

/** Half the width of the pen, in pixels of the picture: about as wide as MNIST's. */
export const PEN = 1.1;

/** Strokes smaller than this are not scaled up to the box: a dot stays a dot. */
const SMALLEST = 1e-6;

/** The centre of mass of a picture, in pixels from its left and upper edges; undefined if it is empty. */
export const centreOfMass = (pixels: ArrayLike<number>): Place | undefined => {
  let mass = 0;
  let x = 0;
  let y = 0;
  for (let at = 0; at < SIDE * SIDE; at++) {
    const ink = pixels[at] as number;
    mass += ink;
    x += ink * ((at % SIDE) + 0.5);
    y += ink * (Math.floor(at / SIDE) + 0.5);
  }
  return mass > 0 ? { x: x / mass, y: y / mass } : undefined;
};

/** A shift, limited so that the centred box stays within the picture. */
const withinPicture = (shift: number): number =>
  Math.max(BOX / 2 - MIDDLE, Math.min(SIDE - BOX / 2 - MIDDLE, shift));

/** Strokes scaled and moved so that their ink fills the box in the middle of the picture, with the same proportions. */
const boxed = (strokes: Strokes): Strokes => {
  const box = boundingBox(strokes);
  if (box === undefined) return [];
  const longest = Math.max(box.width, box.height);
  const scale = longest < SMALLEST ? 0 : (BOX - 2 * PEN) / longest;
  return mapPlaces(strokes, ({ x, y }) => ({
    x: MIDDLE + (x - box.left - box.width / 2) * scale,
    y: MIDDLE + (y - box.top - box.height / 2) * scale,
  }));
};

/**
 * A drawing, preprocessed as MNIST's pictures were (LeCun et al. 1998): scaled to a box of 20 by 20 pixels, and moved
 * until its centre of mass is in the middle of the 28 by 28 picture, unless that would cut something off. The width of
 * the pen does not depend on the size of the drawing. Undefined if nothing is drawn.
 */
export const centred = (strokes: Strokes): Float32Array | undefined => {
  const scaled = boxed(strokes);
  const mass = centreOfMass(raster(scaled, PEN));
  if (mass === undefined) return undefined;
  const dx = withinPicture(MIDDLE - mass.x);
  const dy = withinPicture(MIDDLE - mass.y);
  return raster(
    mapPlaces(scaled, ({ x, y }) => ({ x: x + dx, y: y + dy })),
    PEN,
  );
};
