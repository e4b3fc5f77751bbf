import { letters } from './letters.ts';
import { boundingBox, mapPlaces, type Strokes } from './strokes.ts';

const curve = (from: number, to: number, cx: number, cy: number, rx: number, ry: number): Strokes[number] =>
  Array.from({ length: 17 }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 16);
    return { x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });

const three: Strokes = [
  [...curve(-0.4, 0.22, 0.42, 0.27, 0.33, 0.25), ...curve(-0.22, 0.4, 0.42, 0.74, 0.36, 0.26)],
];

const seven: Strokes = [
  [
    { x: 0.15, y: 0.05 },
    { x: 0.8, y: 0.05 },
    { x: 0.62, y: 0.4 },
    { x: 0.4, y: 1 },
  ],
];

/** A drawing in the middle of the surface, with a margin; coordinates from 0 to 1. */
const placed = (strokes: Strokes): Strokes => {
  const box = boundingBox(strokes);
  if (box === undefined) return strokes;
  const scale = 0.66 / Math.max(box.width, box.height);
  return mapPlaces(strokes, ({ x, y }) => ({
    x: 0.5 + (x - box.left - box.width / 2) * scale,
    y: 0.5 + (y - box.top - box.height / 2) * scale,
  }));
};

/** The drawing for one of the page's buttons; undefined for an unknown name. */
export const example = (name: string): Strokes | undefined => {
  const strokes = new Map(Object.entries({ ...letters, three, seven })).get(name);
  return strokes && placed(strokes);
};
