/** Well-formed SVG: tags are closed and text is escaped. */
export type Markup = string;

/** Characters that XML 1.0 does not allow: most control characters and lone surrogates. */
const unwritable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text escaped for SVG: special characters as entities, characters that XML does not allow as U+FFFD. */
export const escaped = (text: string): Markup =>
  text.replace(unwritable, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? character);

const lengths = /^(d|transform|[xy][12]?|c[xy]|r|width|height|points)$/;

/** Lengths far outside of a picture are clipped anyway, and viewers fail with much larger ones. */
const MAX_LENGTH = 10_000;

const rounded = (value: string): string =>
  value.replace(/-?\d*\.?\d+(e[-+]?\d+)?/g, (number) => {
    const inside = Math.min(Math.max(Number(number), -MAX_LENGTH), MAX_LENGTH);
    return String(Math.round(inside * 100) / 100 + 0);
  });

/** An attribute as written: lengths to a hundredth of a pixel, opacity apart from the colour, as more viewers know it. */
const written = ([name, given]: readonly [string, string | number]): string => {
  const value = lengths.test(name) ? rounded(String(given)) : String(given);
  const [, color, alpha] = /^(#[\da-f]{6})([\da-f]{2})$/.exec(value) ?? [];
  return color === undefined || alpha === undefined
    ? ` ${name}="${escaped(value)}"`
    : ` ${name}="${color}" ${name}-opacity="${(Number.parseInt(alpha, 16) / 255).toFixed(2)}"`;
};

/** An SVG element with its attributes and children. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Markup[]
): Markup => {
  const start = `<${name}${Object.entries(attributes).map(written).join('')}`;
  const inside = children.join('');
  return inside === '' ? `${start}/>` : `${start}>${inside}</${name}>`;
};

/** The markup of a DOM node, the same whatever the document. */
export const serialized = (node: Node): Markup => {
  if (node.nodeType === 3) return escaped(node.nodeValue ?? '');
  const { localName, attributes = [], childNodes } = node as Element;
  // The rules of Plot's style are for pages.
  if (localName === undefined || localName === 'style') return '';
  const own = [...attributes].map(({ name, value }) => [name, value] as const);
  return element(localName, Object.fromEntries(own), ...[...childNodes].map(serialized));
};
