import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tag } from '../../src/check/index.ts';
import { bayesian, categorical, linear, normal } from '../../src/index.ts';

it('is the tag of a record of the library', () => {
  const net = linear(2, 1);
  const { prior, posterior } = normal();
  expect([net, bayesian()(net), prior, posterior, categorical()].map(tag)).toEqual([
    'Layer',
    'Model',
    'Prior',
    'Posterior',
    'Likelihood',
  ]);
});

it('is undefined for any other value, without throwing', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 1 }), (value) => {
      expect(tag(value)).toBeUndefined();
    }),
  );
  expect([null, undefined, { _tag: 3 }, Object.assign(() => 0, { _tag: 'Layer' })].map(tag)).toEqual(
    Array(4).fill(undefined),
  );
});
