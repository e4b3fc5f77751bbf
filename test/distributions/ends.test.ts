import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedForm } from '../../src/distributions/divergence.ts';
import {
  bernoulli,
  categorical,
  flat,
  gaussian,
  type Likelihood,
  laplace,
  normal,
  poisson,
  scaleMixture,
  studentT,
} from '../../src/distributions/index.ts';
import {
  digamma,
  digammaStep,
  expExcess,
  gammaStep,
  logGamma,
} from '../../src/distributions/specialFunctions.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends, kernels } from '../support/backends.ts';
import { take, values } from '../support/numbers.ts';

const logProbValue = (
  of: Likelihood<tf.Tensor, tf.Tensor>,
  output: readonly number[],
  target: readonly number[],
) =>
  take(
    tf.tidy(() =>
      of.logProb(tf.tensor2d([...output], [output.length, 1]), tf.tensor2d([...target], [target.length, 1])),
    ),
  );

/** TensorFlow.js's own sums and logarithms on wasm lose these digits. */
const itOnOurs = it.skipIf(!kernels);

const near = (found: number, expected: number, tolerance: number, of: string): void => {
  const far = Math.abs(found - expected) > tolerance * Math.max(1, Math.abs(expected));
  expect(far ? `${of}: ${found}, expected ${expected}` : '').toBe('');
};

/** `log n!`, by Stirling's series from 20 up. */
const logFactorial = (n: number): number => logGamma(n + 1);

/** The log probability of a count in doubles, without the difference of large terms. */
const logPoisson = (n: number, logRate: number): number => {
  if (n === 0) return -Math.exp(logRate);
  const d = logRate - Math.log(n);
  const excess = Math.abs(d) < 1e-3 ? d * d * (0.5 + d / 6 + (d * d) / 24) : Math.expm1(d) - d;
  const rest =
    n < 20 ? logFactorial(n) - n * Math.log(n) + n : 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n);
  return -n * excess - rest;
};

describeOnBackends('poisson of large counts', () => {
  it('keeps its digits if the count equals the rate', () => {
    const logRate = Math.fround(Math.log(1e5));
    near(logProbValue(poisson(), [logRate], [1e5])[0]!, -6.6754, 1e-4, 'the issue');
    for (const n of [1, 2, 3, 7, 8, 9, 20, 1e3, 1e5, 1e6, 1e7]) {
      const rate = Math.fround(Math.log(n));
      near(logProbValue(poisson(), [rate], [n])[0]!, logPoisson(n, rate), 2e-5, `count ${n}`);
    }
  });

  it('is correct for any count near and far from the rate, with its gradient', () => {
    // Of the logarithm of the count, float32 knows the distance of the rate from it to about 1e-6.
    const count = fc.oneof(fc.nat(50), fc.nat(16_000_000));
    const sigmas = fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(count, sigmas), { minLength: 8, maxLength: 8 }), (cases) => {
        const counts = cases.map(([n]) => n);
        const rates = cases.map(([n, s]) =>
          Math.fround(Math.log(Math.max(0.05, n + s * Math.sqrt(n + 0.1)))),
        );
        logProbValue(poisson(), rates, counts).forEach((found, at) => {
          const [n, rate] = [counts[at]!, rates[at]!];
          const slope = Math.abs(n - Math.exp(rate)) * 2e-6;
          const error = Math.abs(found - logPoisson(n, rate));
          expect(error).toBeLessThan(slope + 1e-5 * Math.max(1, Math.abs(found)));
        });
        const slopes = take(
          tf.tidy(() =>
            tf.grad((x: tf.Tensor) => tf.sum(poisson().logProb(x, tf.tensor2d(counts, [8, 1]))))(
              tf.tensor2d(rates, [8, 1]),
            ),
          ),
        );
        slopes.forEach((slope, at) => {
          expect(Math.abs(slope - (counts[at]! - Math.exp(rates[at]!)))).toBeLessThan(
            3e-6 * (counts[at]! + 1),
          );
        });
      }),
    );
  });
});

describeOnBackends('the divergence of nearly equal normals', () => {
  const divergence = (
    size: number,
    mean: number,
    logStd: number,
    prior: Parameters<typeof normal>[0],
  ): number =>
    take(
      tf.tidy(() =>
        closedForm([])('w', normal().posterior, normal(prior).prior)({
          mean: tf.fill([size], mean),
          logStd: tf.fill([size], logStd),
        }),
      ),
    )[0]!;

  it('is exactly 0 for equal ones, of any size and number', () => {
    for (const size of [1, 6, 100_003]) {
      for (const std of [1, 0.1, 0.03, 1e-3, 2, 700]) {
        for (const tensors of [false, true]) {
          const prior = tensors ? { std: tf.scalar(std) } : { std };
          const found = divergence(size, 0, Math.fround(Math.log(std)), prior);
          expect(found).toBeGreaterThanOrEqual(0);
          // What is left is that the logarithm is rounded, a square of 1e-7.
          expect(found).toBeLessThan(1e-11 * size);
        }
      }
    }
  });

  itOnOurs('is right to its own digits (property)', () => {
    const small = fc
      .double({ min: -1, max: 1, noNaN: true })
      .chain((x) => fc.constantFrom(x, x / 1e2, x / 1e4));
    fc.assert(
      fc.property(small, small, fc.constantFrom(1, 0.1, 3), fc.boolean(), (off, ratio, std, tensors) => {
        const [mean, logStd] = [Math.fround(0.5 + off * std), Math.fround(Math.log(std) + ratio)];
        const x = 2 * (logStd - Math.log(std));
        const z = (mean - 0.5) / std;
        const excess =
          Math.abs(x) < 1e-2 ? x * x * (0.5 + x / 6 + (x * x) / 24 + x ** 3 / 120) : Math.expm1(x) - x;
        const expected = 500 * (excess + z * z);
        const prior = tensors ? { mean: tf.scalar(0.5), std: tf.scalar(std) } : { mean: 0.5, std };
        const found = divergence(1000, mean, logStd, prior);
        // The inputs of the difference are known to about 1e-7 of themselves.
        const known = 500 * (2e-6 * Math.abs(x) + 2e-6 * Math.abs(z) + 1e-12);
        expect(Math.abs(found - expected)).toBeLessThan(known + 3e-6 * expected);
      }),
    );
  });

  it('has its terms in closed form: e^x - 1 - x, and its first and second derivative', () => {
    const xs = [-20, -3, -0.5, -0.1, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.1, 0.5, 3, 20].map(Math.fround);
    tf.tidy(() => {
      const x = tf.tensor1d(xs);
      const first = tf.grad((y: tf.Tensor) => tf.sum(expExcess(y)));
      const [value, slope, curvature] = [
        expExcess(x),
        first(x),
        tf.grad((y: tf.Tensor) => tf.sum(first(y)))(x),
      ].map(values) as [readonly number[], readonly number[], readonly number[]];
      xs.forEach((y, at) => {
        const exact = Math.abs(y) < 1e-2 ? y * y * (0.5 + y / 6 + (y * y) / 24) : Math.expm1(y) - y;
        expect(Math.abs(value[at]! - exact)).toBeLessThanOrEqual(5e-7 * exact + 3e-7 * Math.abs(y));
        expect(value[at]).toBeGreaterThanOrEqual(0);
        expect(Math.abs(slope[at]! - Math.expm1(y))).toBeLessThanOrEqual(1e-6 * Math.abs(Math.expm1(y)));
        expect(Math.abs(curvature[at]! - Math.exp(y))).toBeLessThanOrEqual(2e-6 * Math.exp(y));
      });
    });
  });
});

describeOnBackends('log densities in the tails', () => {
  it('of bernoulli and categorical are those of large logits, with gradients', () => {
    const logits = [-1e30, -200, -88, -30, -17, -14, -13, -5, 0, 5, 13, 14, 17, 30, 88, 200, 1e30].map(
      Math.fround,
    );
    for (const label of [0, 1]) {
      const exact = (x: number) => {
        const z = (1 - 2 * label) * x;
        return z > 30 ? -z : -Math.log1p(Math.exp(z));
      };
      const found = logProbValue(
        bernoulli(),
        logits,
        logits.map(() => label),
      );
      const two = take(
        tf.tidy(() =>
          categorical().logProb(tf.tensor2d(logits.map((x) => [0, x])), tf.tensor1d(logits.map(() => label))),
        ),
      );
      logits.forEach((x, at) => {
        near(found[at]!, exact(x), 1e-6, `bernoulli of ${x}, ${label}`);
        near(two[at]!, exact(x), 1e-6, `categorical of ${x}, ${label}`);
      });
    }
  });

  itOnOurs('of studentT stay finite, and are the normal’s for many degrees of freedom', () => {
    const standard = (df: number) => gammaStep(df / 2) - 0.5 * Math.log(Math.PI * df);
    const xs = [0, 1e-20, 1e-3, 0.5, 1, 3, 1e3, 1e12, 1e20, 1e30];
    for (const df of [0.5, 1, 4, 300, 1e6]) {
      const found = take(
        tf.tidy(() => studentT({ degreesOfFreedom: df }).prior.logProb(tf.tensor1d(xs), {})),
      );
      xs.forEach((x, at) => {
        const t = x / Math.sqrt(df);
        const log = t > 1e8 ? 2 * Math.log(t) : Math.log1p(t * t);
        near(found[at]!, standard(df) - 0.5 * (df + 1) * log, 2e-6, `df ${df} at ${x}`);
      });
    }
    for (const df of [1e10, 1e20, 1e39, 1e300]) {
      const { prior, posterior } = studentT({ degreesOfFreedom: df });
      const density = take(tf.tidy(() => prior.logProb(tf.tensor1d([0, 1, -3]), {})));
      [0, 1, -3].forEach((x, at) => {
        near(density[at]!, -0.5 * x * x - 0.5 * Math.log(2 * Math.PI), 1e-5, `df ${df} at ${x}`);
      });
      const entropy = take(
        tf.tidy(() => posterior.entropy!({ mean: tf.zeros([1]), logScale: tf.zeros([1]) })),
      )[0]!;
      near(entropy, 0.5 * Math.log(2 * Math.PI * Math.E), 1e-6, `entropy of df ${df}`);
    }
  });

  it('of studentT have the slope of the formula', () => {
    const xs = [0.3, -1, 2, 5, -1e3, 1e12];
    const slopes = take(
      tf.tidy(() => tf.grad((x: tf.Tensor) => tf.sum(studentT().prior.logProb(x, {})))(tf.tensor1d(xs))),
    );
    xs.forEach((x, at) => {
      near(slopes[at]! * x, (-5 * x * x) / (4 + x * x), 1e-5, `slope at ${x}`);
    });
  });

  it('of gaussian are those of very small and very large noise', () => {
    for (const logStd of [-80, -60, -45, -20, 0, 20, 43].map(Math.fround)) {
      const errors = [0, 1e-30, -1e-19, 1e-9, -0.5, 3e18].map(Math.fround);
      const std = Math.fround(Math.exp(logStd));
      const zeros = errors.map(() => [0]);
      const [learned, fixed] = tf
        .tidy(() => {
          const [mean, target] = [tf.tensor2d(zeros), tf.tensor2d(errors.map((x) => [x]))];
          const noise = tf.fill(mean.shape, logStd);
          return [
            gaussian().logProb({ mean, logStd: noise }, target),
            gaussian({ std }).logProb(mean, target),
          ];
        })
        .map(take) as [readonly number[], readonly number[]];
      errors.forEach((x, at) => {
        const density = (log: number) =>
          Math.fround(-0.5 * (x / Math.exp(log)) ** 2 - log - 0.5 * Math.log(2 * Math.PI));
        if (!Number.isFinite(density(logStd))) return;
        near(learned[at]!, density(logStd), 1e-4, `learned noise of log ${logStd} at ${x}`);
        near(fixed[at]!, density(Math.log(std)), 2e-6, `noise ${std} at ${x}`);
      });
    }
  });

  it('of laplace and scaleMixture stay finite', () => {
    const xs = [0, 1e-20, -1e10, 3e18];
    const [a, b] = [laplace(), scaleMixture()].map((of) =>
      take(tf.tidy(() => of.logProb(tf.tensor1d(xs), {}))),
    ) as [readonly number[], readonly number[]];
    xs.forEach((x, at) => {
      near(a[at]!, -Math.abs(x) - Math.LN2, 1e-6, `laplace at ${x}`);
      const wide = -0.5 * x * x - 0.5 * Math.log(2 * Math.PI) - Math.LN2;
      const both = x > 1e-10 || x < 0 ? wide : wide + Math.log1p(Math.exp(6));
      near(b[at]!, both, 1e-6, `scaleMixture at ${x}`);
    });
  });

  it('of flat and a narrow start are unchanged', () => {
    const start = normal({ std: 1e-30 }).posterior;
    const params = start.init(tf.zeros([2]), null, random.key(0));
    near(
      take(closedForm([])('w', start, flat())(params))[0]!,
      -2 * (Math.log(1e-30) + 0.5 * Math.log(2 * Math.PI * Math.E)),
      1e-6,
      'entropy',
    );
    tf.dispose([params.mean, params.logStd]);
  });
});

describe('steps of the gamma functions', () => {
  it('are differences if these keep their digits, and have the known limits', () => {
    for (const x of [0.01, 0.5, 3, 50, 99, 101, 150, 400]) {
      expect(Math.abs(gammaStep(x) - (logGamma(x + 0.5) - logGamma(x)))).toBeLessThan(1e-11);
      expect(Math.abs(digammaStep(x) - (digamma(x + 0.5) - digamma(x)))).toBeLessThan(
        1e-13 * (1 + 1 / x / x),
      );
    }
    expect(gammaStep(0.5)).toBeCloseTo(-0.5 * Math.log(Math.PI), 12);
    expect(digammaStep(0.5)).toBeCloseTo(2 * Math.LN2, 12);
    for (const x of [1e8, 1e15, 1e300]) {
      expect(gammaStep(x) - 0.5 * Math.log(x)).toBeCloseTo(0, 8);
      expect(digammaStep(x) * 2 * x).toBeCloseTo(1, 7);
    }
  });
});
