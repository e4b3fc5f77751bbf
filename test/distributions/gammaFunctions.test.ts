import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digamma, logGamma } from '../../src/distributions/specialFunctions.ts';

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });

const expectClose = (actual: number, expected: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2e-13 * Math.max(1, Math.abs(expected)));
};

describe('logGamma', () => {
  it('is the logarithm of a factorial at integers, and known at one half', () => {
    for (const n of [1, 2, 3, 5, 10, 20, 30]) {
      const factorial = Array.from({ length: n - 1 }, (_, i) => i + 1).reduce((a, b) => a * b, 1);
      expectClose(logGamma(n), Math.log(factorial));
    }
    expectClose(logGamma(0.5), 0.5 * Math.log(Math.PI));
    expectClose(logGamma(2.5), Math.log((3 / 4) * Math.sqrt(Math.PI)));
  });

  it('satisfies its recurrence', () => {
    fc.assert(fc.property(positive, (x) => expectClose(logGamma(x + 1), logGamma(x) + Math.log(x))));
  });
});

describe('digamma', () => {
  it('is known at 1 and at one half', () => {
    const euler = 0.5772156649015329;
    expectClose(digamma(1), -euler);
    expectClose(digamma(0.5), -euler - 2 * Math.LN2);
  });

  it('satisfies its recurrence, and is the slope of logGamma', () => {
    fc.assert(fc.property(positive, (x) => expectClose(digamma(x), digamma(x + 1) - 1 / x)));
    for (const x of [0.7, 3, 40]) {
      expect((logGamma(x + 1e-4) - logGamma(x - 1e-4)) / 2e-4).toBeCloseTo(digamma(x), 6);
    }
  });
});
