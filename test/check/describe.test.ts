import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { expect, it, describe as suite } from 'vitest';
import { describe } from '../../src/check/index.ts';
import { random } from '../../src/index.ts';

suite('describe', () => {
  it('describes anything in one line without throwing', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 2 }), (value) => {
        const text = describe(value);
        expect(text).not.toMatch(/[\n\r]/);
        expect(text.length).toBeLessThan(900);
      }),
    );
  });

  it('quotes strings, so that a numeric string is visible', () => {
    expect(describe('10')).toBe("'10'");
    expect(describe(10)).toBe('10');
  });

  it('shows a tensor by dtype and shape, not by its values', () => {
    const x = tf.zeros([2, 3], 'int32');
    expect(describe(x)).toBe('an int32 tensor of shape [2, 3]');
    x.dispose();
  });

  it('shortens long arrays and goes into short ones', () => {
    expect(describe([1, ['a']])).toBe("[1, ['a']]");
    expect(describe(Array.from({ length: 9 }, (_, i) => i))).toBe('[0, 1, 2, 3, 4, 5, 6, 7, ...]');
  });

  it('names tagged records and functions, and otherwise lists the keys of an object', () => {
    expect(describe({ _tag: 'Likelihood' })).toBe('a Likelihood');
    expect(describe(describe)).toBe("a function 'describe'");
    expect(describe({ mean: 1, std: 2 })).toBe('an object with keys [mean, std]');
    expect([null, undefined, Number.NaN].map(describe)).toEqual(['null', 'undefined', 'NaN']);
  });

  it.each<[string, unknown, string]>([
    ['a random key', random.key(3), 'a Key'],
    ['minus zero', -0, '-0'],
    ['a bigint', 3n, '3n'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a Map', new Map([[1, 2]]), 'a Map of 1'],
    ['a Set', new Set(), 'a Set of 0'],
    ['a Date', new Date(Number.NaN), 'a Date, Invalid Date'],
    ['an error', new TypeError('a\nb'), 'a TypeError: a\\nb'],
    ['a promise', Promise.resolve(1), 'a Promise (is an await missing?)'],
    ['a typed array', new Uint8Array(3), 'an Uint8Array of 3 numbers'],
    ['an instance', new (class Own {})(), 'an Own'],
    ['an empty record', {}, 'an empty object'],
    ['a record without prototype', Object.assign(Object.create(null), { a: 1 }), 'an object with keys [a]'],
    [
      'a record of another realm',
      Object.setPrototypeOf({ a: 1 }, Object.create(null)),
      'an object with keys [a]',
    ],
    ['what is in an Either', E.right(1), 'a Right (open it with E.match, or check its _tag)'],
    ['quotes and line breaks', 'a"\n', "'a\"\\n'"],
    ['holes', new Array(2), '[undefined, undefined]'],
  ])('says what %s is', (_, value, text) => {
    expect(describe(value)).toBe(text);
  });

  it('reports that a tensor is disposed', () => {
    const x = tf.zeros([1]);
    x.dispose();
    expect(describe(x)).toBe('a disposed float32 tensor of shape [1]');
  });

  it('is short, however much there is', () => {
    const names = Array.from({ length: 65_000 }, (_, i) => `w${i}`);
    expect(describe(Object.fromEntries(names.map((name) => [name, 1])))).toBe(
      'an object with keys [w0, w1, w2, w3, w4, w5, w6, w7 and 64992 more]',
    );
    const cyclic: unknown[] = [];
    cyclic.push(cyclic, cyclic);
    const wide = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => 'x'.repeat(500)));
    const values = ['x'.repeat(1e6), cyclic, wide, [wide, wide], 10n ** 5000n, Symbol('s'.repeat(1e5))];
    for (const value of [...values, { ['k'.repeat(1e5)]: 1 }, { _tag: 'T'.repeat(1e5) }])
      expect(describe(value).length).toBeLessThan(450);
  });

  it('does not throw if getters do', () => {
    const thrower = () => {
      throw new Error('hostile');
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const name of ['_tag', 'shape', 'constructor'])
      expect(describe(Object.defineProperty({}, name, { get: thrower, enumerable: true }))).toMatch(/^an? /);
    expect(describe(proxy)).toBe('an object that cannot be read');
    expect(describe(new Proxy({}, { ownKeys: thrower }))).toBe('an object that cannot be read');
    expect(describe(Object.defineProperty(() => 1, 'name', { get: thrower }))).toBe(
      'a function that cannot be read',
    );
  });
});
