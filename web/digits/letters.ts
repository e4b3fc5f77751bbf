import type { Strokes } from './strokes.ts';

const lines = (...strokes: readonly (readonly (readonly [number, number])[])[]): Strokes =>
  strokes.map((stroke) => stroke.map(([x, y]) => ({ x, y })));

/** Points along an arc, angles in turns, clockwise from the right. */
const arc = (
  cx: number,
  cy: number,
  rx: number,
  ry: number,
  from: number,
  to: number,
): readonly (readonly [number, number])[] =>
  Array.from({ length: 25 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 24);
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });

/** Drawings that are not digits, on a unit square: capital letters and a few signs unlike any digit. */
export const letters: Readonly<Record<string, Strokes>> = {
  A: lines(
    [
      [0, 1],
      [0.5, 0],
      [1, 1],
    ],
    [
      [0.2, 0.6],
      [0.8, 0.6],
    ],
  ),
  E: lines(
    [
      [0.9, 0],
      [0.1, 0],
      [0.1, 1],
      [0.9, 1],
    ],
    [
      [0.1, 0.5],
      [0.75, 0.5],
    ],
  ),
  F: lines(
    [
      [0.9, 0],
      [0.1, 0],
      [0.1, 1],
    ],
    [
      [0.1, 0.5],
      [0.75, 0.5],
    ],
  ),
  H: lines(
    [
      [0.1, 0],
      [0.1, 1],
    ],
    [
      [0.9, 0],
      [0.9, 1],
    ],
    [
      [0.1, 0.5],
      [0.9, 0.5],
    ],
  ),
  K: lines(
    [
      [0.15, 0],
      [0.15, 1],
    ],
    [
      [0.9, 0],
      [0.15, 0.5],
      [0.9, 1],
    ],
  ),
  M: lines([
    [0, 1],
    [0.1, 0],
    [0.5, 0.7],
    [0.9, 0],
    [1, 1],
  ]),
  N: lines([
    [0.1, 1],
    [0.1, 0],
    [0.9, 1],
    [0.9, 0],
  ]),
  P: lines([
    [0.2, 1],
    [0.2, 0],
    [0.6, 0],
    [0.85, 0.25],
    [0.6, 0.5],
    [0.2, 0.5],
  ]),
  R: lines([
    [0.2, 1],
    [0.2, 0],
    [0.6, 0],
    [0.85, 0.25],
    [0.6, 0.5],
    [0.2, 0.5],
    [0.9, 1],
  ]),
  T: lines(
    [
      [0, 0],
      [1, 0],
    ],
    [
      [0.5, 0],
      [0.5, 1],
    ],
  ),
  W: lines([
    [0, 0],
    [0.25, 1],
    [0.5, 0.3],
    [0.75, 1],
    [1, 0],
  ]),
  X: lines(
    [
      [0, 0],
      [1, 1],
    ],
    [
      [1, 0],
      [0, 1],
    ],
  ),
  plus: lines(
    [
      [0.5, 0],
      [0.5, 1],
    ],
    [
      [0, 0.5],
      [1, 0.5],
    ],
  ),
  hash: lines(
    [
      [0.3, 0],
      [0.3, 1],
    ],
    [
      [0.7, 0],
      [0.7, 1],
    ],
    [
      [0, 0.3],
      [1, 0.3],
    ],
    [
      [0, 0.7],
      [1, 0.7],
    ],
  ),
  star: lines(
    [
      [0.5, 0],
      [0.5, 1],
    ],
    [
      [0.05, 0.25],
      [0.95, 0.75],
    ],
    [
      [0.05, 0.75],
      [0.95, 0.25],
    ],
  ),
  zigzag: lines([
    [0, 0.5],
    [0.12, 0],
    [0.25, 1],
    [0.38, 0],
    [0.5, 1],
    [0.63, 0],
    [0.75, 1],
    [0.88, 0],
    [1, 0.5],
  ]),
  heart: lines([
    [0.5, 1],
    ...arc(0.25, 0.28, 0.25, 0.28, 0.45, 1),
    ...arc(0.75, 0.28, 0.25, 0.28, 0.5, 1.05),
    [0.5, 1],
  ]),
  house: lines([
    [0.1, 1],
    [0.1, 0.45],
    [0.5, 0],
    [0.9, 0.45],
    [0.9, 1],
    [0.1, 1],
  ]),
};
