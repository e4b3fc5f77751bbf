import { type Attributes, element, type Markup } from './element.ts';
import { rounded } from './rounded.ts';
import { inColumns, type Point, thinned } from './thinned.ts';

const at = ([x, y]: Point): string => `${rounded(x)} ${rounded(y)}`;

const through = (points: readonly Point[]): string => `M${points.map(at).join('L')}`;

/** A line through points in order of x; a single one is a dot. */
export const curve = (points: readonly Point[], attributes: Attributes): Markup => {
  const [only] = points;
  const d = points.length === 1 && only !== undefined ? `M${at(only)}h0` : through(thinned(points));
  return element('path', {
    d,
    fill: 'none',
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
    ...attributes,
  });
};

/** A ribbon at one x: its lower and upper end, in pixels. */
export type Slice = readonly [x: number, low: number, high: number];

/** The extent of the ribbon in each column of pixels. */
const widest = (group: readonly Slice[]): readonly Slice[] => {
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined || group.length <= 2) return group;
  const low = Math.max(...group.map(([, y]) => y));
  const high = Math.min(...group.map(([, , y]) => y));
  return [
    [first[0], low, high],
    [last[0], low, high],
  ];
};

/** The area between two curves, at points in order of x. */
export const ribbon = (slices: readonly Slice[], attributes: Attributes): Markup => {
  const kept = inColumns(slices, ([x]) => x).flatMap(widest);
  const there = kept.map(([x, low]): Point => [x, low]);
  const back = kept.map(([x, , high]): Point => [x, high]).reverse();
  return element('path', { d: `${through([...there, ...back])}Z`, stroke: 'none', ...attributes });
};

/** More dots than this overlap so much that fewer look the same. */
const MAX_DOTS = 4000;

/** Round dots, at most one per pixel and 4,000 in total, evenly chosen. */
export const dots = (points: readonly Point[], radius: number, attributes: Attributes): Markup => {
  const places = [...new Set(points.map(([x, y]) => `M${at([x, y])}h0`))];
  const stride = Math.ceil(places.length / MAX_DOTS);
  const d = places.filter((_, index) => index % stride === 0).join('');
  return element('path', {
    d,
    fill: 'none',
    'stroke-width': 2 * radius,
    'stroke-linecap': 'round',
    ...attributes,
  });
};

/** A bar from a baseline to a height. */
export const bar = (x: number, width: number, base: number, top: number, attributes: Attributes): Markup =>
  element('rect', {
    x,
    y: Math.min(base, top),
    width: Math.max(width, 0),
    height: Math.abs(base - top),
    ...attributes,
  });

/** A straight line. */
export const segment = ([x1, y1]: Point, [x2, y2]: Point, attributes: Attributes): Markup =>
  element('line', { x1, y1, x2, y2, ...attributes });
