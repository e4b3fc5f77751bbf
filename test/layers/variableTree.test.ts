import { expect, test } from 'vitest';
import { dropout, flatten, linear, sequential } from '../../src/layers/index.ts';
import { variableTree } from '../../src/layers/variableTree.ts';

test('variableTree has the structure of the parameter tree, without layers that have no variables', () => {
  const shapes = variableTree(({ shape }) => shape.join())({});
  const net = sequential(
    flatten(),
    linear(4, 3),
    dropout(0.5),
    sequential(dropout(0.5)),
    linear(3, 2, { bias: false }),
  );
  expect(shapes(net)).toEqual({ 1: { weight: '4,3', bias: '3' }, 4: { weight: '3,2' } });
  expect(shapes(sequential(dropout(0.5)))).toEqual({});
});
