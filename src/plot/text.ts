import { type Attributes, element, escaped, type Markup } from './element.ts';

/** Wide scripts (Chinese, Japanese, Korean) and emoji fill a square. */
const width = (character: string): number => ((character.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.57);

/** The approximate width of a text in pixels: the font is not known when a figure is made. */
export const textWidth = (text: string, size: number): number =>
  [...text].reduce((sum, character) => sum + width(character), 0) * size;

/** The text, truncated to the available width. */
export const fitted = (text: string, size: number, room: number): string => {
  if (textWidth(text, size) <= room) return text;
  const ends = [...text].map((_, index, all) => `${all.slice(0, index).join('').trimEnd()}…`);
  return ends.filter((end) => textWidth(end, size) <= room).at(-1) ?? '';
};

/** A line of text. */
export const textAt = (
  x: number,
  y: number,
  text: string,
  { size = 11, ...attributes }: Attributes & { readonly size?: number } = {},
): Markup => element('text', { x, y, 'font-size': size, ...attributes }, escaped(text));
