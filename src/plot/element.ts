import { rounded } from './rounded.ts';

/** Well-formed SVG: tags are closed and text is escaped. */
export type Markup = string;

/** The attributes of an element; numbers are rounded. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Characters that XML 1.0 does not allow: most control characters and lone surrogates. */
const unwritable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text escaped for SVG: special characters as entities, characters that XML does not allow as U+FFFD. */
export const escaped = (text: string): Markup =>
  text.replace(unwritable, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** An SVG element with its attributes and children. */
export const element = (name: string, attributes: Attributes, ...children: readonly Markup[]): Markup => {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`)
    .join('');
  const inside = children.join('');
  return inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
};
