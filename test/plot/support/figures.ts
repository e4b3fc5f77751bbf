import { expect } from 'vitest';
import { plot } from '../../../src/index.ts';
import { all, type Node, parse } from './xml.ts';

const number = /-?\d+(?:\.\d+)?/g;

/** The picture of a figure, which must be proper: well-formed XML of the size it says, every length in it plain and finite. */
export const drawn = async <F extends plot.Drawable>(figure: F): Promise<Node> => {
  const root = parse(await plot.svg(figure));
  expect(root.name).toBe('svg');
  const { width, height } = root.attributes;
  expect(root.attributes).toMatchObject({
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
  });
  expect(root.children[0]!.name).toBe('title');
  expect(root.children[0]!.text).not.toBe('');
  for (const { name, attributes } of all(root)) {
    for (const [key, value] of Object.entries(attributes)) {
      if (['d', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'width', 'height', 'transform'].includes(key)) {
        expect(value, `${name} ${key}`).not.toMatch(/NaN|Infinity|undefined|e[+-]?\d/);
        for (const [found] of value.matchAll(number))
          expect(Math.abs(Number(found))).toBeLessThanOrEqual(10_000);
      }
    }
  }
  return root;
};

/** The ends of the data of a figure, in its own pixels. */
export const sides = ({ width, height, marginTop, marginRight, marginBottom, marginLeft }: plot.Figure) => ({
  left: marginLeft,
  right: width - marginRight,
  top: marginTop,
  bottom: height - marginBottom,
});

/** What Plot drew of the marks of a kind, such as `line`: their groups, in order. */
export const marks = (root: Node, kind: string): readonly Node[] =>
  all(root).filter(({ attributes }) => attributes['aria-label'] === kind);
