import { expect, it } from 'vitest';
import { outermost } from '../../src/tree/parts.ts';

it('names that are parts of others are left out, at any depth', () => {
  const names = [
    'loss',
    'loss/0',
    'divergence',
    'divergence/0.weight',
    'divergence/a/b',
    'divergenceOfOther',
    'x/y',
  ];
  expect(outermost(names)).toEqual(['loss', 'divergence', 'divergenceOfOther', 'x/y']);
  expect(outermost([])).toEqual([]);
});
