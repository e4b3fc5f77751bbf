/** A place on the drawing surface; x to the right, y downwards. Any unit will do. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** One line of the pen, from where it was put down to where it was lifted. */
export type Stroke = readonly Place[];

/** A drawing: what the pen did, in order. */
export type Strokes = readonly Stroke[];

/** A smallest box, sides parallel to the axes. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box around all places, or undefined where there are none. */
export const boxOf = (strokes: Strokes): Box | undefined => {
  const places = strokes.flat();
  if (places.length === 0) return undefined;
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
};

/** Every place `f` of itself. */
export const mapPlaces = (strokes: Strokes, f: (place: Place) => Place): Strokes =>
  strokes.map((stroke) => stroke.map(f));
