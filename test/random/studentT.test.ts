import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { key, studentT } from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { kolmogorov, normalCdf } from '../support/kolmogorov.ts';
import { expectMean, take, values } from '../support/numbers.ts';

const count = 200_000;

/** Cumulative distributions in closed form (Shaw 2006, sec. 2); for many degrees of freedom the normal's. */
const cdfs: Readonly<Record<number, (x: number) => number>> = {
  1: (x) => 0.5 + Math.atan(x) / Math.PI,
  2: (x) => 0.5 + x / (2 * Math.sqrt(2 + x * x)),
  4: (x) => {
    const scaled = 1 + (x * x) / 4;
    return 0.5 + ((3 / 8) * x * (1 - (x * x) / (12 * scaled))) / Math.sqrt(scaled);
  },
  1e7: (x) => normalCdf(Math.max(-6, Math.min(6, x))),
};

describeOnBackends('random.studentT', () => {
  it.each(Object.keys(cdfs).map(Number))('has the distribution of %d degrees of freedom', (df) => {
    const draws = Float32Array.from(take(studentT(key(df), [count], { degreesOfFreedom: df })));
    const cdf = cdfs[df] ?? expect.unreachable();
    expect(kolmogorov(draws, cdf)).toBeLessThan(1.95);
    expect(kolmogorov(draws, (x) => cdf(x * 1.03))).toBeGreaterThan(1.95);
  });

  it('has the variance df / (df - 2) and the fourth moment', () => {
    const df = 10;
    const draws = take(studentT(key(7), [count], { degreesOfFreedom: df }));
    expectMean(draws, 0);
    expectMean(
      draws.map((x) => x ** 2),
      df / (df - 2),
    );
    expectMean(
      draws.map((x) => x ** 4),
      (3 * df ** 2) / ((df - 2) * (df - 4)),
    );
  });

  it('has independent neighbours, in absolute value too', () => {
    const draws = take(studentT(key(9), [count], { degreesOfFreedom: 10 }));
    expectMean(
      draws.slice(1).map((x, i) => x * (draws[i] ?? 0)),
      0,
    );
    const size = 10 / 8;
    expectMean(
      draws.slice(1).map((x, i) => (x * x - size) * ((draws[i] ?? 0) ** 2 - size)),
      0,
    );
  });

  it('depends only on key and position', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.double({ min: 0.5, max: 50, noNaN: true }), (seed, df) =>
        tf.tidy(() => {
          const x = studentT(key(seed), [2, 3], { degreesOfFreedom: df });
          expect(x.shape).toEqual([2, 3]);
          expect(values(x).every(Number.isFinite)).toBe(true);
          expect(values(studentT(key(seed), [1100], { degreesOfFreedom: df })).slice(0, 6)).toEqual(
            values(x),
          );
        }),
      ),
      { numRuns: 20 },
    );
  });
});

describe('random.studentT', () => {
  it('rejects an invalid key, degrees of freedom or shape', () => {
    expect(() => studentT(3 as never, [], { degreesOfFreedom: 1 })).toThrow(
      'random.studentT: key must be a random key, got 3',
    );
    for (const bad of [0, -1, Number.NaN, '4']) {
      expect(() => studentT(key(0), [], { degreesOfFreedom: bad as never })).toThrow(
        'random.studentT: degreesOfFreedom must be a finite number above 0, got ',
      );
    }
    expect(() => studentT(key(0), [0.5], { degreesOfFreedom: 1 })).toThrow('random.studentT: shape must be');
  });

  it('says the order of its arguments to who gives the degrees of freedom first', () => {
    expect(() => studentT(key(0), 4 as never, [2, 3] as never)).toThrow(
      'random.studentT: shape must be a list of non-negative integers, as in ' +
        'random.studentT(key, [2, 3], { degreesOfFreedom: 4 }), got 4',
    );
  });
});
