import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it, describe as suite } from 'vitest';
import { describe } from '../../src/check/index.ts';

suite('describe', () => {
  it('describes anything in one line without throwing', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 2 }), (value) => {
        expect(typeof describe(value)).toBe('string');
      }),
    );
  });

  it('quotes strings, so that a number given as text shows', () => {
    expect(describe('10')).toBe("'10'");
    expect(describe(10)).toBe('10');
  });

  it('shows a tensor by dtype and shape, not by its values', () => {
    const x = tf.zeros([2, 3], 'int32');
    expect(describe(x)).toBe('a int32 tensor of shape [2, 3]');
    x.dispose();
  });

  it('shortens long arrays and goes into short ones', () => {
    expect(describe([1, ['a']])).toBe("[1, ['a']]");
    expect(describe(Array.from({ length: 9 }, (_, i) => i))).toBe('[0, 1, 2, 3, 4, 5, 6, 7, ...]');
  });

  it('names what carries a tag, functions, and otherwise the keys of an object', () => {
    expect(describe({ _tag: 'Likelihood' })).toBe('a Likelihood');
    expect(describe(describe)).toBe("a function 'describe'");
    expect(describe({ mean: 1, std: 2 })).toBe('an object with keys [mean, std]');
    expect([null, undefined, Number.NaN].map(describe)).toEqual(['null', 'undefined', 'NaN']);
  });
});
