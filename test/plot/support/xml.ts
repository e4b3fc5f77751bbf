import { SaxesParser } from 'saxes';

/** An element of a parsed figure. */
export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Node[];
  readonly text: string;
}

/** Parses XML; throws where it is not well formed. */
export const parse = (xml: string): Node => {
  interface Open extends Node {
    readonly children: Node[];
    text: string;
  }
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, { value }]) => [key, value] as const);
    const node: Open = { name, attributes: Object.fromEntries(values), children: [], text: '' };
    open.at(-1)!.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    open.at(-1)!.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return root.children[0]!;
};

/** All elements of a tree, from the root down. */
export const all = (node: Node): readonly Node[] => [node, ...node.children.flatMap(all)];

/** The elements of a name. */
export const named = (node: Node, name: string): readonly Node[] =>
  all(node).filter((each) => each.name === name);

/** The points of a path, in order. */
export const readPoints = ({ attributes }: Node): readonly (readonly [x: number, y: number])[] =>
  [...(attributes.d ?? '').matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

/** The texts that are to be seen. */
export const texts = (node: Node): readonly string[] => named(node, 'text').map(({ text }) => text);
