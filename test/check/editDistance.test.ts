import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../src/check/editDistance.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

/** The definition, which takes the first letters apart. */
const defined = (a: string, b: string): number => {
  if (a === '' || b === '') return a.length + b.length;
  const [withoutA, withoutB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return defined(withoutA, withoutB);
  return 1 + Math.min(defined(withoutA, b), defined(a, withoutB), defined(withoutA, withoutB));
};

describe('editDistance', () => {
  it('is the least number of changes', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(defined(a, b));
      }),
    );
  });

  it.each([
    ['temprature', 'temperature', 1],
    ['kitten', 'sitting', 3],
    ['', 'std', 3],
  ])('of %s and %s is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
