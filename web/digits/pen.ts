import type { Place, Strokes } from './strokes.ts';

/** A drawing in progress, its places from 0 to 1. */
export interface Drawing {
  readonly strokes: Strokes;
  /** Whether the next place belongs to the last stroke. */
  readonly down: boolean;
}

/** Nothing drawn. */
export const blank: Drawing = { strokes: [], down: false };

/** The pen is put down. */
export const lowered = ({ strokes }: Drawing, at: Place): Drawing => ({
  strokes: [...strokes, [at]],
  down: true,
});

/** The pen moves: a line where it is down, nothing where it is not. */
export const drawnTo = (drawing: Drawing, at: Place): Drawing => {
  const last = drawing.strokes.at(-1);
  if (!drawing.down || last === undefined) return drawing;
  return { strokes: [...drawing.strokes.slice(0, -1), [...last, at]], down: true };
};

/** The pen is lifted. */
export const lifted = (drawing: Drawing): Drawing => ({ ...drawing, down: false });
