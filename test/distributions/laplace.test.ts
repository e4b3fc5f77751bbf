import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laplace } from '../../src/distributions/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take } from '../support/numbers.ts';

const logLaplace = (x: number, mean: number, scale: number): number =>
  -Math.abs(x - mean) / scale - Math.log(2 * scale);

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);

describeOnBackends('laplace', () => {
  it('has the closed-form log density, element by element', () => {
    fc.assert(
      fc.property(
        fc.array(float(-3, 3), { minLength: 1 }),
        float(-2, 2),
        float(0.05, 3),
        (xs, mean, scale) => {
          const x = tf.tensor1d(xs);
          expectNumbers(
            take(laplace({ mean, scale }).logProb(x, undefined)),
            xs.map((each) => logLaplace(each, mean, scale)),
          );
          x.dispose();
        },
      ),
    );
  });

  it('integrates to one, with its mean and variance', () => {
    const [mean, scale, count] = [0.5, 0.3, 8001];
    const prior = laplace({ mean, scale });
    const width = (40 * scale) / (count - 1);
    const xs = Array.from({ length: count }, (_, i) => mean - 20 * scale + i * width);
    const grid = tf.tensor1d(xs);
    const density = take(prior.logProb(grid, undefined)).map(Math.exp);
    const integral = (f: (x: number) => number): number =>
      density.reduce((sum, p, i) => sum + p * f(xs[i] ?? 0) * width, 0);
    const std = prior.moments?.std as number;
    expectNumbers(
      [integral(() => 1), integral((x) => x), integral((x) => (x - mean) ** 2)],
      [1, mean, std ** 2],
      1e-4,
    );
    grid.dispose();
  });

  it('omits log 2 if not normalized, and is rescaled in mean and scale', () => {
    const x = tf.tensor1d([0.3, -0.4]);
    const expected = [0.3, -0.4].map((each) => logLaplace(each, 0.2, 2 * (0.25 + 1e-5)));
    expectNumbers(take(laplace({ mean: 0.8, scale: 2 }).rescale(0.25).logProb(x, undefined)), expected);
    const rest = laplace({ mean: 0.8, scale: 2, normalized: false }).rescale(0.25);
    expectNumbers(
      take(rest.logProb(x, undefined)),
      expected.map((each) => each + Math.LN2),
    );
    x.dispose();
  });

  it('has the gradient of its log density, and leaks nothing', () => {
    const x = tf.tensor1d([0.4, -1.2]);
    expectGradient((w) => laplace({ mean: 0.1, scale: 0.7 }).logProb(w, undefined), x);
    expectNoLeak(() => laplace().logProb(x, undefined));
    x.dispose();
  });
});

describe('laplace', () => {
  it.each([
    [{ scale: 0 }, /^laplace: scale must be a finite number above 0, got 0$/],
    [{ mean: Number.POSITIVE_INFINITY }, /^laplace: mean must be a finite number, got Infinity$/],
  ])('refuses %o', (options, message) => {
    expect(() => laplace(options)).toThrow(message);
  });
});
