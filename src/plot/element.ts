import { rounded } from './rounded.ts';

/** A piece of SVG that is whole: its tags are closed and the text in it is escaped. */
export type Markup = string;

/** The attributes of an element; numbers are rounded. */
export type Attributes = Readonly<Record<string, string | number>>;

/** What XML 1.0 has no way to write: most control characters, halves of surrogate pairs. */
const unwritable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as it stands in SVG: special characters as entities, what XML cannot hold as U+FFFD. */
export const escaped = (text: string): Markup =>
  text.replace(unwritable, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** An SVG element with its attributes and what is inside of it. */
export const element = (name: string, attributes: Attributes, ...children: readonly Markup[]): Markup => {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`)
    .join('');
  const inside = children.join('');
  return inside === '' ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
};
