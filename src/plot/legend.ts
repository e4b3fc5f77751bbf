import type { Scale } from '@observablehq/plot';
import type { Swatch } from './figure.ts';
import { element, escaped, type Markup } from './markup.ts';
import { colors } from './theme.ts';

/** Wide scripts (Chinese, Japanese, Korean) and emoji fill a square. */
const characterWidth = (character: string): number => ((character.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.57);

/** The approximate width of a text in pixels: the font is not known when a figure is made. */
const textWidth = (text: string, size: number): number =>
  [...text].reduce((sum, character) => sum + characterWidth(character), 0) * size;

/** A line of text, truncated to the available width. */
export const textLine = (x: number, y: number, text: string, width: number, size = 11): Markup => {
  let end = [...text];
  while (textWidth(end.join(''), size) > width && end.length > 1) end = [...end.slice(0, -2), '…'];
  const weight = size > 11 ? { 'font-weight': 'bold' } : {};
  return element('text', { x, y, 'font-size': size, fill: colors.ink, ...weight }, escaped(end.join('')));
};

const swatch = (x: number, y: number, color: string, { shape, dash = 'none' }: Swatch): Markup => {
  if (shape === 'area') return element('rect', { x, y: y - 9, width: 13, height: 10, fill: color });
  if (shape === 'dot') return element('circle', { cx: x + 6.5, cy: y - 4, r: 3, fill: color });
  const line = { x1: x, x2: x + 14, y1: y - 4, y2: y - 4, 'stroke-width': 2, stroke: color };
  return element('line', { ...line, 'stroke-dasharray': dash });
};

const [SWATCH, GAP, ROW] = [18, 14, 17] as const;

/** The legend of a scale of series, in rows of some width. It is above the data, never on it. */
export const swatches = (
  scale: Scale,
  shapes: Readonly<Record<string, Swatch>>,
  width: number,
): { readonly markup: Markup; readonly height: number } => {
  let [x, y] = [3, 12];
  const range = [...(scale.range ?? [])] as readonly string[];
  const entries = [...(scale.domain ?? [])].map((value, index) => {
    const name = String(value);
    const length = SWATCH + Math.min(textWidth(name, 11), width - SWATCH);
    if (x > 3 && x + length > width) [x, y] = [3, y + ROW];
    const left = x;
    x += Math.round(length) + GAP;
    return (
      swatch(left, y, range[index % range.length] ?? colors.ink, shapes[name] ?? { shape: 'area' }) +
      textLine(left + SWATCH, y, name, width - SWATCH)
    );
  });
  return { markup: entries.join(''), height: y + 11 };
};
