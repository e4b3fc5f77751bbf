import type { Detail } from '../models/classification.ts';

/** Milliseconds between two pictures: often enough to look smooth, seldom enough to train meanwhile. */
const PAUSE = 60;

/** The most steps between two pictures, however quick they are. */
const MOST = 25;

/**
 * How many steps to make before the next picture, when the last so many took so long: at most twice as many, and as
 * long as the last picture took where that is a long time, so that half of the time at least goes into training.
 */
export const nextChunk = (steps: number, milliseconds: number, picture: number): number => {
  const time = Math.max(PAUSE, picture);
  return Math.max(1, Math.min(MOST, 2 * steps, Math.floor((steps * time) / Math.max(milliseconds, 1))));
};

/** Milliseconds that a fine picture may take. */
const PATIENCE = 250;

/** How many times as long a fine picture takes as a coarse one. */
const FINE = 8;

/** How closely the next picture may look when the last one took so long. */
export const nextDetail = (detail: Detail, milliseconds: number): Detail =>
  (detail === 'fine' ? milliseconds : FINE * milliseconds) <= PATIENCE ? 'fine' : 'coarse';
