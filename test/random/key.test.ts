import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, type Key, key, split } from '../../src/random/index.ts';
import { checkSingleKey } from '../../src/random/key.ts';
import { isNode } from '../../src/tree/index.ts';

const words = (k: Key): readonly number[] => {
  const { k0, k1 } = checkSingleKey('test', k);
  return [k0, k1];
};
const seeds = fc.maxSafeNat();
const uint32s = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('key', () => {
  it('is made of the high and the low half of the seed', () => {
    expect(words(key(42))).toEqual([0, 42]);
    expect(words(key(2 ** 53 - 1))).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    fc.assert(
      fc.property(seeds, (seed) => {
        const [high, low] = words(key(seed)) as [number, number];
        expect(high * 2 ** 32 + low).toBe(seed);
      }),
    );
  });

  it('is opaque, immutable and shows its words', () => {
    expect(Object.isFrozen(key(1))).toBe(true);
    expect(isNode(key(1))).toBe(false);
    expect(String(key(42))).toBe('Key(0, 42)');
    const inNode = key(42) as unknown as Readonly<Record<symbol, () => string>>;
    expect(inNode[Symbol.for('nodejs.util.inspect.custom')]!()).toBe('Key(0, 42)');
  });

  it.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, '1', undefined])('refuses %s as a seed', (seed) => {
    expect(() => key(seed as number)).toThrow('random.key: seed must be an integer from 0 to 2^53 - 1, got ');
  });
});

describe('split', () => {
  it('gives the keys of jax.random.split', () => {
    expect(split(key(1), 3).map(words)).toEqual([
      [507451445, 1853169794],
      [1948878966, 4237131848],
      [2441914641, 3819641963],
    ]);
  });

  it('gives distinct keys, the same ones each time, and more of them with a larger n', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 50 }), (seed, n) => {
        const keys = split(key(seed), n).map(words);
        expect(new Set([words(key(seed)), ...keys].map(String)).size).toBe(n + 1);
        expect(
          split(key(seed), n + 1)
            .map(words)
            .slice(0, n),
        ).toEqual(keys);
      }),
    );
    expect(split(key(0))).toHaveLength(2);
  });

  it('rejects an invalid key or count', () => {
    expect(() => split(3 as never)).toThrow('random.split: key must be a random key, got 3');
    for (const n of [0, -1, 1.5]) {
      expect(() => split(key(0), n)).toThrow(`random.split: n must be a positive integer, got ${n}`);
    }
  });
});

describe('foldIn', () => {
  it('gives the key that split has at the same index', () => {
    fc.assert(
      fc.property(seeds, fc.nat(30), (seed, n) => {
        expect(words(foldIn(key(seed), n))).toEqual(words(split(key(seed), n + 1)[n]!));
      }),
    );
  });

  it('gives distinct keys for distinct data and for distinct keys', () => {
    fc.assert(
      fc.property(seeds, fc.uniqueArray(uint32s, { minLength: 2 }), (seed, data) => {
        const keys = data.map((n) => String(foldIn(key(seed), n)));
        expect(new Set(keys).size).toBe(data.length);
      }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(seeds, { minLength: 2 }), uint32s, (many, n) => {
        expect(new Set(many.map((seed) => String(foldIn(key(seed), n)))).size).toBe(many.length);
      }),
    );
  });

  it.each([-1, 2 ** 32, 0.5, Number.NaN, '1'])('refuses %s', (data) => {
    expect(() => foldIn(key(0), data as number)).toThrow(
      'random.foldIn: data must be an integer from 0 to 2^32 - 1, got ',
    );
    expect(() => foldIn({} as never, 1)).toThrow('random.foldIn: key must be a random key, got ');
  });
});
