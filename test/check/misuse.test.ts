import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidArgument, positiveInteger, positiveNumber, sameShape } from '../../src/check/index.ts';

describe('misuse', () => {
  it('names the argument, the expected value and the actual one', () => {
    expect(() => invalidArgument('vmapSamples: samples', 'a positive integer', 0)).toThrow(
      /^vmapSamples: samples must be a positive integer, got 0$/,
    );
  });
});

describe('positiveInteger', () => {
  it('returns positive integers unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (n) => {
        expect(positiveInteger('n', n)).toBe(n);
      }),
    );
  });

  it('refuses every other number', () => {
    const other = fc.oneof(
      fc.integer({ max: 0 }),
      fc.double().filter((x) => !Number.isInteger(x)),
      fc.constantFrom(Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53),
    );
    fc.assert(
      fc.property(other, (x) => {
        expect(() => positiveInteger('f: n', x)).toThrow(/^f: n must be a positive integer, got /);
      }),
    );
  });

  it.each([['3'], [null], [undefined], [[3]], [3n]])('rejects %o, which is not a number', (value) => {
    expect(() => positiveInteger('f: n', value)).toThrow(/^f: n must be a positive integer, got /);
  });
});

describe('positiveNumber', () => {
  it('returns finite numbers above zero', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        expect(positiveNumber('x', x)).toBe(x);
      }),
    );
  });

  it.each([[0], [-0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['1'], [undefined]])(
    'refuses %o',
    (value) => {
      expect(() => positiveNumber('f: x', value)).toThrow(/^f: x must be a finite number above 0, got /);
    },
  );
});

describe('sameShape', () => {
  const shape = fc.array(fc.nat(4), { maxLength: 4 });
  it('agrees with comparing the shapes as strings', () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(sameShape(a, b)).toBe(a.join() === b.join() && a.length === b.length);
        expect(sameShape(a, [...a])).toBe(true);
      }),
    );
  });

  it('distinguishes shapes that broadcast', () => {
    expect(sameShape([3], [1, 3])).toBe(false);
    expect(sameShape([1, 3], [3])).toBe(false);
  });
});
