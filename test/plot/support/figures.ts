import { expect } from 'vitest';
import type { plot } from '../../../src/index.ts';
import { all, type Node, parse } from './xml.ts';

const number = /-?\d+(?:\.\d+)?/g;

/** A figure that is proper: well-formed XML of the size it says, every number in it plain and finite. */
export const proper = ({ svg, width, height }: plot.Figure): Node => {
  const root = parse(svg);
  expect(root.name).toBe('svg');
  expect(root.attributes).toMatchObject({
    xmlns: 'http://www.w3.org/2000/svg',
    width: String(width),
    height: String(height),
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

/** Ends of the panel of a figure with one: where lines of the grid begin and end, and the line of the axis across. */
export const boundingBox = (root: Node) => {
  const lines = all(root).filter(({ name }) => name === 'line');
  const xs = lines.flatMap(({ attributes }) => [Number(attributes.x1), Number(attributes.x2)]);
  const data = lines.map(({ attributes }) => Number(attributes.y1));
  return { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.max(...data) };
};
