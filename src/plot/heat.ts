import type { RenderFunction } from '@observablehq/plot';
import { pngUrl } from './png.ts';

const rgb = (color: string): readonly number[] => {
  const numbers = /^rgb/.test(color) ? color.match(/\d+/g)?.map(Number) : undefined;
  return numbers ?? [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
};

type Pixels = ArrayLike<number>;

const sorted = (index: readonly number[], values: Pixels): readonly number[] =>
  [...new Set(Array.from(index, (i) => values[i] as number))].sort((a, b) => a - b);

const isEven = (places: readonly number[]): boolean => {
  const step = ((places.at(-1) as number) - (places[0] as number)) / Math.max(places.length - 1, 1);
  return places.every((place, i) => Math.abs(place - (places[0] as number) - i * step) < 0.1);
};

/**
 * Draws the rectangles of a regular grid as one picture, in the colours that the scale gives them: a thousand rectangles take
 * a hundred times as much. Others, such as those of a logarithmic scale, are drawn one by one.
 */
export const heat: RenderFunction = (index, scales, values, dimensions, context, next) => {
  const channel = (name: string) => values[name] as Pixels;
  const [x1, x2, y1, y2] = ['x1', 'x2', 'y1', 'y2'].map(channel) as [Pixels, Pixels, Pixels, Pixels];
  const [lefts, tops] = [sorted(index, x1), sorted(index, y2)];
  const [width, height] = [lefts.length, tops.length];
  if (!isEven(lefts) || !isEven(tops) || width * height !== index.length)
    return next?.(index, scales, values, dimensions, context) ?? null;
  const [columns, rows] = [lefts, tops].map((places) => new Map(places.map((place, i) => [place, i]))) as [
    Map<number, number>,
    Map<number, number>,
  ];
  const bytes = new Uint8Array(3 * width * height);
  const fill = values.fill as ArrayLike<string>;
  for (const i of index) {
    const at = (rows.get(y2[i] as number) ?? 0) * width + (columns.get(x1[i] as number) ?? 0);
    bytes.set(rgb(fill[i] as string), 3 * at);
  }
  const [right, bottom] = [x2, y1].map((ends) =>
    Math.max(...Array.from(index, (i) => ends[i] as number)),
  ) as [number, number];
  const image = context.document.createElementNS('http://www.w3.org/2000/svg', 'image');
  const [left, top] = [lefts[0] as number, tops[0] as number];
  const attributes = {
    ...{ x: left, y: top, width: right - left, height: bottom - top },
    ...{ preserveAspectRatio: 'none', 'image-rendering': 'pixelated', href: pngUrl(width, height, bytes) },
  };
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
  return image;
};
