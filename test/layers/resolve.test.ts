import { expect, test } from 'vitest';
import { parameterTree, resolve } from '../../src/layers/core/resolve.ts';
import type { Forward, Layer } from '../../src/layers/index.ts';
import { dropout, flatten, linear, sequential } from '../../src/layers/index.ts';

test('parameterTree has the structure of the parameter tree, without layers that have no variables', () => {
  const shapes = (net: Layer<unknown, Forward>) =>
    parameterTree({ variable: ({ shape }) => shape.join(), statistic: () => undefined })(resolve({})(net));
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
