import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocks, denormals, median, minimum } from '../../bench/statistics.ts';

// Times have no sign of zero.
const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x + 0);
const numbers = fc.array(number, { minLength: 1 });

describe('median', () => {
  test('has as many values at or below it as at or above it, in any order', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        expect(values.filter((x) => x <= middle).length * 2).toBeGreaterThanOrEqual(values.length);
        expect(values.filter((x) => x >= middle).length * 2).toBeGreaterThanOrEqual(values.length);
        expect(median([...values].reverse())).toBe(middle);
      }),
    );
  });

  test('sorts as numbers, and is the mean of two in the middle', () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

test('minimum is one of the values, and none is smaller', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      expect(values).toContain(minimum(values));
      expect(values.every((x) => x >= minimum(values))).toBe(true);
    }),
  );
  expect(minimum([])).toBeNaN();
});

test('blocks cover all steps once, in order, and differ by one step at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 20 }), (total, count) => {
      const found = blocks(total, count);
      expect(found).toHaveLength(Math.min(total, count));
      expect(found.map(([from]) => from)).toEqual([0, ...found.slice(0, -1).map(([, to]) => to)]);
      expect(found.at(-1)?.[1]).toBe(total);
      const sizes = found.map(([from, to]) => to - from);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('denormals counts what is smaller than the smallest normal float32, and not zeros', () => {
  const values = [
    0,
    -0,
    1,
    2 ** -126,
    2 ** -127,
    -(2 ** -149),
    -(2 ** -126),
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ];
  expect(denormals(Float32Array.from(values))).toBe(2);
});
