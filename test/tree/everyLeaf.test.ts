import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyLeaf, mapLeaves } from '../../src/tree/everyLeaf.ts';
import { isNode } from '../../src/tree/index.ts';

const tree = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.integer({ min: -2, max: 9 }),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

const numbers = (node: unknown): readonly number[] =>
  isNode(node) ? Object.values(node).flatMap(numbers) : [node as number];

describe('the leaves of a tree', () => {
  it('rebuild it under the identity', () => {
    fc.assert(
      fc.property(tree, (t) => {
        expect(mapLeaves((leaf) => leaf)(t)).toEqual(t);
      }),
    );
  });

  it('map a composition as they map one function after the other', () => {
    fc.assert(
      fc.property(tree, fc.func(fc.integer()), fc.func(fc.string()), (t, f, g) => {
        const both = mapLeaves((leaf) => g(f(leaf)))(t);
        expect(mapLeaves((leaf) => g(leaf))(mapLeaves((leaf) => f(leaf))(t))).toEqual(both);
      }),
    );
  });

  it('are visited in order of insertion, each once, as everyLeaf lists them', () => {
    fc.assert(
      fc.property(tree, (t) => {
        const visited: unknown[] = [];
        mapLeaves((leaf, path) => visited.push({ path, leaf }))(t);
        expect(visited).toEqual(everyLeaf(t));
        expect(everyLeaf(t).map(({ leaf }) => leaf)).toEqual(numbers(t));
      }),
    );
    expect(everyLeaf({ z: 1, b: { c: -1 }, a: [-1] }).map(({ path }) => path.join('.'))).toEqual([
      'z',
      'b.c',
      'a.0',
    ]);
  });

  it('have array indices as text in the path', () => {
    expect(everyLeaf({ a: [0, { b: 0 }], c: 0 }).map(({ path }) => path)).toEqual([
      ['a', '0'],
      ['a', '1', 'b'],
      ['c'],
    ]);
  });

  it('are whatever is neither a plain object nor an array', () => {
    class Opaque {}
    expect([{}, [], Object.create(null)].map(isNode)).toEqual([true, true, true]);
    expect(
      [null, undefined, 1, 'a', () => 1, new Opaque(), new Map(), new Float32Array(1)].map(isNode),
    ).toEqual(Array.from({ length: 8 }, () => false));
  });
});
