import type { Detail } from '../models/classification.ts';

/** Milliseconds between frames: short enough to look smooth, long enough to train in between. */
const PAUSE = 60;

/** The maximal number of steps between frames. */
const MOST = 25;

/**
 * The number of steps before the next frame, given how long the last ones took: at most twice as many as before, and
 * enough to take as long as the last frame if that was slow, so that training gets at least half of the time.
 */
export const nextChunk = (steps: number, milliseconds: number, picture: number): number => {
  const time = Math.max(PAUSE, picture);
  return Math.max(1, Math.min(MOST, 2 * steps, Math.floor((steps * time) / Math.max(milliseconds, 1))));
};

/** The time limit for a fine frame, in milliseconds. */
const PATIENCE = 250;

/** How many times as long a fine frame takes as a coarse one. */
const FINE = 8;

/** The resolution of the next frame, given how long the last one took. */
export const nextDetail = (detail: Detail, milliseconds: number): Detail =>
  (detail === 'fine' ? milliseconds : FINE * milliseconds) <= PATIENCE ? 'fine' : 'coarse';
