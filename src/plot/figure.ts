import { invalidArgument, positiveNumber } from '../check/index.ts';
import { element, escaped, type Markup } from './element.ts';
import type { FigureOptions } from './options.ts';
import { fitted, textAt } from './text.ts';
import { type Paint, themePaint } from './theme.ts';

/** A picture: a self-contained SVG, and its size in pixels. */
export interface Figure {
  readonly _tag: 'Figure';
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** A part of a figure at the position of its corner. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly draw: (paint: Paint) => Markup;
}

/** The contents of a figure. */
export interface Content {
  readonly width: number;
  /** Without the title, which is added above. */
  readonly height: number;
  /** The text alternative for people who cannot see the figure. */
  readonly description: string;
  readonly parts: readonly Placed[];
}

const TITLE = 28;

/**
 * Assembles a figure on its own background: a page may be dark and a notebook white whatever the system prefers. It has
 * no scripts, and no ids that could clash with another figure's.
 */
export const assembleFigure = (content: Content, { title: given, theme = 'auto' }: FigureOptions): Figure => {
  const title = given === '' ? undefined : given;
  const paint = themePaint(theme);
  const { width } = content;
  const above = title === undefined ? 4 : TITLE;
  const height = content.height + above;
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'font-family': 'Helvetica, Arial, sans-serif',
    },
    element('title', {}, escaped(title ?? content.description)),
    title === undefined ? '' : element('desc', {}, escaped(content.description)),
    paint.style,
    element('rect', { width, height, ...paint.fill('paper') }),
    title === undefined
      ? ''
      : textAt(16, 21, fitted(title, 14, width - 32), {
          size: 14,
          'font-weight': 'bold',
          ...paint.fill('ink'),
        }),
    ...content.parts.map(({ x, y, draw }) =>
      element('g', { transform: `translate(${x} ${y + above})` }, draw(paint)),
    ),
  );
  return { _tag: 'Figure', svg: `${svg}\n`, width, height };
};

/**
 * The requested size of a figure, in integer pixels.
 *
 * @throws Error naming the option if it is not a number of at least `least`
 */
export const checkSize = (
  option: string,
  given: number | undefined,
  fallback: number,
  least: number,
): number => {
  const size = given === undefined ? fallback : Math.round(positiveNumber(option, given));
  return size >= least ? size : invalidArgument(option, `at least ${least} pixels`, given);
};
