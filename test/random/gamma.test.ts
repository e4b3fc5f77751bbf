import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldIn, gamma, key } from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { kolmogorov, normalCdf } from '../support/kolmogorov.ts';
import { expectMean, take, values } from '../support/numbers.ts';

const count = 200_000;

/** Cumulative distributions in closed form; P(a + 1, x) = P(a, x) - x^a exp(-x) / Gamma(a + 1) (DLMF 8.8.5). */
const half = (x: number): number => 2 * normalCdf(Math.min(Math.sqrt(2 * x), 6)) - 1;
const oneAndHalf = (x: number): number => half(x) - (Math.sqrt(x) * Math.exp(-x)) / (Math.sqrt(Math.PI) / 2);
const cdfs: Readonly<Record<number, (x: number) => number>> = {
  0.5: half,
  1: (x) => -Math.expm1(-x),
  1.5: oneAndHalf,
  2.5: (x) => oneAndHalf(x) - (x ** 1.5 * Math.exp(-x)) / ((3 / 4) * Math.sqrt(Math.PI)),
  3: (x) => 1 - Math.exp(-x) * (1 + x + (x * x) / 2),
};

describeOnBackends('random.gamma', () => {
  it.each(Object.keys(cdfs).map(Number))('has the distribution of concentration %d', (concentration) => {
    const draws = take(gamma(foldIn(key(5), 10 * concentration), [count], { concentration }));
    const cdf = cdfs[concentration] ?? expect.unreachable();
    expect(kolmogorov(Float32Array.from(draws), cdf)).toBeLessThan(1.95);
    expect(kolmogorov(Float32Array.from(draws), (x) => cdf(x * 1.03))).toBeGreaterThan(1.95);
  });

  it.each([0.1, 0.9, 4, 200])('has the moments of concentration %d', (a) => {
    const draws = take(gamma(key(3), [count], { concentration: a }));
    expect(draws.every((x) => x >= 0)).toBe(true);
    expectMean(draws, a);
    expectMean(
      draws.map((x) => (x - a) ** 2),
      a,
    );
    expectMean(
      draws.map((x) => (x - a) ** 3),
      2 * a,
    );
  });

  it('depends only on key and position', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.double({ min: 0.05, max: 20, noNaN: true }), (seed, concentration) =>
        tf.tidy(() => {
          const x = gamma(key(seed), [2, 3], { concentration });
          expect(x.shape).toEqual([2, 3]);
          expect(x.dtype).toBe('float32');
          expect(values(gamma(key(seed), [1100], { concentration })).slice(0, 6)).toEqual(values(x));
        }),
      ),
      { numRuns: 20 },
    );
  });

  it('has different draws in all of its blocks', () => {
    expect(new Set(take(gamma(key(1), [3000], { concentration: 2 }))).size).toBeGreaterThan(2990);
  });
});

describe('random.gamma', () => {
  it('rejects an invalid key, concentration or shape', () => {
    expect(() => gamma(3 as never, [], { concentration: 1 })).toThrow(
      'random.gamma: key must be a random key, got 3',
    );
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(() => gamma(key(0), [], { concentration: bad as never })).toThrow(
        'random.gamma: concentration must be a finite number above 0, got ',
      );
    }
    expect(() => gamma(key(0), [-1], { concentration: 1 })).toThrow(
      'random.gamma: shape must be a list of non-negative integers, as in ' +
        'random.gamma(key, [2, 3], { concentration: 1 }), got [-1]',
    );
  });

  it('says the order of its arguments to who gives the concentration first', () => {
    expect(() => gamma(key(0), 2.5 as never, [2, 3] as never)).toThrow(
      'random.gamma: shape must be a list of non-negative integers, as in ' +
        'random.gamma(key, [2, 3], { concentration: 1 }), got 2.5',
    );
  });
});
