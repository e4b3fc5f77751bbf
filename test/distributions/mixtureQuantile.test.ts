import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnQuantiles } from '../../src/distributions/drawnQuantiles.ts';
import { gaussian, likelihood, poisson } from '../../src/distributions/index.ts';
import { mixtureQuantile } from '../../src/distributions/mixtureQuantile.ts';
import { normalQuantile, normalCdf as tensorCdf } from '../../src/distributions/specialFunctions.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { normalCdf } from '../support/kolmogorov.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';

const probabilities = [1e-6, 0.001, 0.05, 0.3, 0.5, 0.9, 0.975, 1 - 1e-6] as const;

describe('normalQuantile', () => {
  it('inverts the distribution function, in doubles', () => {
    for (const p of [...probabilities, 0.0013, 0.0014, 0.5 - 1e-9, 1e-9])
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-15 + 1e-9 * p);
    // The tail of 8 standard deviations, and the textbook's numbers.
    expect(normalQuantile(6.220960574271785e-16)).toBeCloseTo(-8, 10);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
  });
});

const double = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const listSamples = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 6 });

const clipped = (z: number): number => (z < -8 ? 0 : z > 8 ? 1 : normalCdf(z));

const poissonCdf = (count: number, rate: number): number =>
  Array.from({ length: count + 1 }).reduce<{ term: number; sum: number }>(
    ({ term, sum }, _, n) => ({ term: (term * rate) / (n + 1), sum: sum + term }),
    { term: Math.exp(-rate), sum: 0 },
  ).sum;

/** The quantile of a likelihood without noise in its moments, of outputs `[samples, 1, 1]`. */
const countQuantile = (outputs: tf.Tensor, p: number): tf.Tensor =>
  mixtureQuantile(poisson(), poisson().cdf, outputs, poisson().predictive(outputs), p);

const normalMixture = (means: readonly number[], logStds: readonly number[], p: number): tf.Tensor => {
  const shape: [number, number, number] = [means.length, 1, 1];
  const outputs = { mean: tf.tensor3d([...means], shape), logStd: tf.tensor3d([...logStds], shape) };
  return mixtureQuantile(gaussian(), gaussian().cdf, outputs, gaussian().predictive(outputs), p);
};

describeOnBackends('distribution functions', () => {
  it('of a normal keep their digits in the lower tail', () => {
    tf.tidy(() => {
      const z = Array.from({ length: 60 }, (_, i) => Math.fround(-5 + i / 6));
      values(tensorCdf(tf.tensor1d(z))).forEach((found, i) => {
        expect(Math.abs(found / normalCdf(z[i]!) - 1)).toBeLessThan(3e-6);
      });
      expectNumbers(values(tensorCdf(tf.tensor1d([-Infinity, Infinity, Number.NaN]))), [0, 1, Number.NaN]);
      const { cdf } = gaussian({ std: 2 });
      expectNumbers(values(cdf(tf.ones([1, 2]), tf.tensor2d([[1, 3]]))), [0.5, normalCdf(1)], 1e-6);
    });
  });

  it('of counts are sums of their probabilities, around few and many', () => {
    tf.tidy(() => {
      for (const rate of [1e-3, 0.5, 3, 9, 11, 40, 300]) {
        const logRate = Math.fround(Math.log(rate));
        const near = [-5, -3, -1, -0.3, 0, 0.3, 1, 3, 5].map((z) => Math.round(rate + z * Math.sqrt(rate)));
        const counts = [...near.filter((count) => count >= 0), 8, 9, 10, 11];
        const found = poisson().cdf(
          tf.fill([counts.length, 1], logRate),
          tf.tensor2d(counts, [counts.length, 1]),
        );
        const expected = counts.map((count) => poissonCdf(count, Math.exp(logRate)));
        expectNumbers(values(found), expected, 3e-6);
      }
      expectNumbers(
        values(poisson().cdf(tf.zeros([1, 2]), tf.tensor2d([[-1, 0.7]]))),
        [0, Math.exp(-1)],
        1e-6,
      );
      expect(() => poisson().cdf(tf.zeros([1, 2]), tf.zeros([2]))).toThrow('poisson: targets must be');
    });
  });
});

describeOnBackends('mixtureQuantile', () => {
  it('is the quantile of the normal for one sample', () => {
    tf.tidy(() => {
      const [means, stds] = [
        [0, 0.5, -30],
        [1, 0.1, 3],
      ] as const;
      const shape: [number, number, number] = [1, 3, 1];
      const outputs = {
        mean: tf.tensor3d([...means], shape),
        logStd: tf.log(tf.tensor3d([...stds], shape)),
      };
      const predictive = gaussian().predictive(outputs);
      for (const p of probabilities) {
        const found = values(mixtureQuantile(gaussian(), gaussian().cdf, outputs, predictive, p));
        found.forEach((q, i) => {
          const [mean, std] = [means[i]!, stds[i]!];
          const resolution = 2 ** -23 * (Math.abs(mean) + 6 * std);
          expect(Math.abs(q - (mean + std * normalQuantile(p)))).toBeLessThan(1e-6 * std + resolution);
        });
      }
    });
  });

  it('of normals has the probability below it, in doubles', () => {
    const components = listSamples(fc.tuple(double(-3, 3), double(-3, 1)));
    fc.assert(
      fc.property(components, double(0.001, 0.999), (each, p) => {
        tf.tidy(() => {
          const [q] = values(
            normalMixture(
              each.map(([m]) => m),
              each.map(([, s]) => s),
              p,
            ),
          );
          const below = average(each.map(([m, s]) => clipped((q! - m) / Math.exp(s))));
          expect(Math.abs(below - p)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: runs(15) },
    );
  });

  it('of counts is the smallest that is not exceeded with the probability', () => {
    fc.assert(
      fc.property(listSamples(double(-5, 5)), double(0.001, 0.999), (logRates, p) => {
        tf.tidy(() => {
          const [q] = values(countQuantile(tf.tensor3d(logRates, [logRates.length, 1, 1]), p));
          const atMost = (count: number) => average(logRates.map((r) => poissonCdf(count, Math.exp(r))));
          expect(Number.isInteger(q)).toBe(true);
          expect(atMost(q!)).toBeGreaterThan(p - 1e-5);
          if (q! > 0) expect(atMost(q! - 1)).toBeLessThan(p + 1e-5);
        });
      }),
      { numRuns: runs(15) },
    );
  });

  it('is as exact as float32 for outputs that are large beside their spread', () => {
    tf.tidy(() => {
      const [q] = values(normalMixture([1e6], [0], 0.95));
      expect(Math.abs(q! - (1e6 + normalQuantile(0.95)))).toBeLessThan(0.13);
      expect(values(normalMixture([1e8], [-5], 0.05))[0]).toBe(1e8);
    });
  });

  it('finds those of a likelihood with a cdf alone, and NaN where its moments are wrong', () => {
    const cdf = (output: tf.Tensor, value: tf.Tensor) => {
      const tail = tf.mul(0.5, tf.exp(tf.neg(tf.abs(tf.sub(value, output)))));
      return tf.where(tf.less(value, output), tail, tf.sub(1, tail));
    };
    const laplace = likelihood({ name: 'laplace', logProb: (output: tf.Tensor) => output, cdf });
    tf.tidy(() => {
      const outputs = tf.zeros([4, 1, 1]);
      const quantile = (mean: number, variance: number, p: number) => {
        const total = tf.fill([1, 1], variance);
        const predictive = {
          mean: tf.fill([1, 1], mean),
          uncertainty: { total, aleatoric: total, epistemic: total },
        };
        return values(mixtureQuantile(laplace, cdf, outputs, predictive, p))[0]!;
      };
      expect(quantile(0, 2, 0.05)).toBeCloseTo(Math.log(0.1), 5);
      expect(quantile(0, 2, 0.9)).toBeCloseTo(-Math.log(0.2), 5);
      expect(quantile(20, 2, 0.5)).toBeNaN();
      expect(quantile(0, 0.01, 0.01)).toBeNaN();
      expect(quantile(Number.NaN, 2, 0.5)).toBeNaN();
      expect(values(normalMixture([0, Number.NaN], [0, 0], 0.5))).toEqual([Number.NaN]);
    });
  });

  it('leaks nothing, and has no gradient', () => {
    const outputs = tf.zeros([3, 2, 1]);
    const normal = gaussian({ std: 1 });
    const predictive = normal.predictive(outputs);
    expectNoLeak(() => mixtureQuantile(normal, normal.cdf, outputs, predictive, 0.1));
    const sum = (x: tf.Tensor) =>
      tf.sum(mixtureQuantile(normal, normal.cdf, x, predictive, 0.1)) as tf.Scalar;
    expect(() => tf.grad(sum)(outputs)).toThrow('predict: quantiles and interval have no gradient');
  });
});

describeOnBackends('drawnQuantiles', () => {
  it('are those of sorted draws, interpolated or integers', () => {
    fc.assert(
      fc.property(
        fc.array(double(-5, 5), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 19 }),
        (draws, twentieths) => {
          tf.tidy(() => {
            const [p, n] = [twentieths / 20, draws.length];
            const pairs = draws.flatMap((x) => [x, -x]);
            const sorted = [draws, draws.map((x) => -x)].map((column) => [...column].sort((a, b) => a - b));
            const x = tf.tensor3d(pairs, [n, 1, 2]);
            const place = p * (n - 1);
            expectNumbers(
              values(drawnQuantiles(x, [p], false)[0]!),
              sorted.map((column) => {
                const [low, high] = [column[Math.floor(place)]!, column[Math.ceil(place)]!];
                return low + (place - Math.floor(place)) * (high - low);
              }),
              1e-6,
            );
            const smallest = sorted.map((column) => column.find((_, i) => 20 * (i + 1) >= twentieths * n)!);
            expectNumbers(values(drawnQuantiles(x, [p], true)[0]!), smallest, 0);
          });
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it('are NaN for NaN among the draws', () => {
    tf.tidy(() => {
      const [q] = drawnQuantiles(tf.tensor3d([1, Number.NaN, 2, 3], [2, 1, 2]), [0.5], false);
      expect(values(q!)).toEqual([1.5, Number.NaN]);
    });
  });
});
