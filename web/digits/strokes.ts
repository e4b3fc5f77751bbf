/** A point on the drawing surface; x to the right, y downwards, in any unit. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** One line of the pen, from where it was put down to where it was lifted. */
export type Stroke = readonly Place[];

/** A drawing: its strokes, in order. */
export type Strokes = readonly Stroke[];

/** A bounding box with sides parallel to the axes. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The bounding box of all points, or undefined if there are none. */
export const boundingBox = (strokes: Strokes): Box | undefined => {
  const places = strokes.flat();
  if (places.length === 0) return undefined;
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
};

/** The strokes with `f` applied to each point. */
export const mapPlaces = (strokes: Strokes, f: (place: Place) => Place): Strokes =>
  strokes.map((stroke) => stroke.map(f));
