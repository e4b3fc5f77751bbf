import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteCount } from '../../src/check/index.ts';

describe('byteCount', () => {
  it('reads text as the number of bytes that it says', () => {
    const unit = fc.constantFrom(['B', 1], ['kB', 1e3], ['MB', 1e6], ['GB', 1e9], ['TB', 1e12]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        unit,
        fc.constantFrom('', ' '),
        (n, [name, size], gap) => {
          expect(byteCount('f: memory', `${n / 100}${gap}${name}`)).toBeCloseTo((n / 100) * Number(size), 6);
        },
      ),
    );
    expect(byteCount('f: memory', 256e6)).toBe(256e6);
  });

  it.each([
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    '256',
    'MB',
    '256 mb',
    '-1 MB',
    '0 MB',
    '1e3 MB',
    null,
    {},
  ])('refuses %j', (value) => {
    expect(() => byteCount('f: memory', value)).toThrow(
      /^f: memory must be a number of bytes above 0, such as 256e6 or '256 MB', got /,
    );
  });
});
