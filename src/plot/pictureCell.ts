import { element, type Markup } from './element.ts';
import { bar, segment } from './marks.ts';
import { fitted, textAt } from './text.ts';
import type { Paint } from './theme.ts';

/** A greyscale picture with its annotations. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** Row by row, from 0 to 1. */
  readonly pixels: readonly number[];
  readonly caption: string;
  /** Class probabilities; empty without bars. */
  readonly bars: readonly number[];
  readonly label: number | undefined;
}

const CAPTION = 15;
const BETWEEN = 12;
const BELOW = 16;

/** The width of a bar with its gap. */
const barStep = ({ bars }: Picture): number => (bars.length > 12 ? 6 : 11);

/** The size of each picture's cell, including the gap; `size` is the width of the picture itself. */
export const pictureSize = (
  picture: Picture,
  size: number,
): { readonly width: number; readonly height: number } => {
  const beside = picture.bars.length === 0 ? 0 : BETWEEN + picture.bars.length * barStep(picture);
  return {
    width: Math.ceil(size + beside + 16),
    height: Math.ceil(CAPTION + (size * picture.height) / picture.width + (beside > 0 ? BELOW : 0) + 10),
  };
};

const LEVELS = 16;

/** The pixels of one grey level as one path: a rectangle for each run in a row. */
const levelPath = ({ pixels, width, height }: Picture, level: number): string => {
  const levels = pixels.map((value) => Math.round(value * (LEVELS - 1)));
  return Array.from({ length: height }, (_, y) => {
    const row = levels.slice(y * width, (y + 1) * width);
    const starts = row.flatMap((each, x) => (each === level && row[x - 1] !== level ? [x] : []));
    return starts
      .map((x) => {
        const end = row.findIndex((each, i) => i > x && each !== level);
        return `M${x} ${y}H${end < 0 ? width : end}v1H${x}z`;
      })
      .join('');
  }).join('');
};

const drawPixels = (picture: Picture, size: number, paint: Paint): Markup => {
  const scale = (size / picture.width).toFixed(4);
  const paths = Array.from({ length: LEVELS - 1 }, (_, index) => {
    const d = levelPath(picture, index + 1);
    return d === '' ? '' : element('path', { d, 'fill-opacity': ((index + 1) / (LEVELS - 1)).toFixed(2) });
  });
  return element(
    'g',
    { transform: `scale(${scale})`, 'shape-rendering': 'crispEdges', ...paint.fill('ink') },
    ...paths,
  );
};

const classBars = (picture: Picture, left: number, height: number, paint: Paint): Markup => {
  const { bars, label } = picture;
  const step = barStep(picture);
  const drawn = bars.map((share, index) =>
    bar(left + index * step, step - 2, height, height * (1 - Math.min(Math.max(share, 0), 1)), {
      ...paint.fill(index === label ? 'second' : 'first'),
    }),
  );
  const numbers =
    step < 11
      ? []
      : bars.map((_, index) => textAt(left + index * step + 4.5, height + 12, String(index), { size: 9.5 }));
  return [
    ...drawn,
    segment([left - 2, height], [left + bars.length * step, height], paint.stroke('muted')),
    element('g', { ...paint.fill('muted'), 'text-anchor': 'middle' }, ...numbers),
  ].join('');
};

/** A picture with its caption above and its bars to the right. */
export const drawPicture =
  (picture: Picture, size: number, room: number) =>
  (paint: Paint): Markup => {
    const height = (size * picture.height) / picture.width;
    return [
      picture.caption === ''
        ? ''
        : textAt(0, 10, fitted(picture.caption, 11, room), { size: 11, ...paint.fill('ink') }),
      element(
        'g',
        { transform: `translate(0 ${CAPTION})` },
        element('rect', { width: size, height, fill: 'none', ...paint.stroke('grid') }),
        drawPixels(picture, size, paint),
        picture.bars.length === 0 ? '' : classBars(picture, size + BETWEEN, height, paint),
      ),
    ].join('');
  };
