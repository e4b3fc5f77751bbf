import type { Place, Strokes } from './strokes.ts';

/** A drawing in progress, with coordinates from 0 to 1. */
export interface Drawing {
  readonly strokes: Strokes;
  /** Whether the next point belongs to the last stroke. */
  readonly down: boolean;
}

/** An empty drawing. */
export const blank: Drawing = { strokes: [], down: false };

/** Puts the pen down. */
export const lowered = ({ strokes }: Drawing, at: Place): Drawing => ({
  strokes: [...strokes, [at]],
  down: true,
});

/** Moves the pen, which draws a line if it is down. */
export const drawnTo = (drawing: Drawing, at: Place): Drawing => {
  const last = drawing.strokes.at(-1);
  if (!drawing.down || last === undefined) return drawing;
  return { strokes: [...drawing.strokes.slice(0, -1), [...last, at]], down: true };
};

/** Lifts the pen. */
export const lifted = (drawing: Drawing): Drawing => ({ ...drawing, down: false });
