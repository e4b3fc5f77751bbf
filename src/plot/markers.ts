import { element, type Markup } from './element.ts';
import { rounded } from './rounded.ts';
import type { Point } from './thinned.ts';

const shapes: readonly ((x: string, y: string) => string)[] = [
  (x, y) => `M${x} ${y}m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0 -5.6 0z`,
  (x, y) => `M${x} ${y}m-2.4 -2.4h4.8v4.8h-4.8z`,
  (x, y) => `M${x} ${y}m0 -3.3l3.3 5.8h-6.6z`,
  (x, y) => `M${x} ${y}m0 -3.6l3.2 3.6l-3.2 3.6l-3.2 -3.6z`,
];

/** The number of kinds of markers. */
export const KINDS = 2 * shapes.length;

/**
 * Markers that are visible on every colour of a map: white with a dark edge or the other way round, in four shapes.
 * `kind` is the index of their class.
 */
export const markers = (points: readonly Point[], kind: number): Markup => {
  const shape = shapes[kind % shapes.length];
  const places = [...new Set(points.map(([x, y]) => shape?.(rounded(x), rounded(y)) ?? ''))];
  const white = kind % 2 === Math.floor(kind / shapes.length) % 2;
  return element('path', {
    d: places.join(''),
    fill: white ? '#ffffff' : '#101418',
    stroke: white ? '#101418' : '#ffffff',
    'stroke-width': '0.9',
  });
};
