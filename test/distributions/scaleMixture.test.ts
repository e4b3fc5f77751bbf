import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, scaleMixture } from '../../src/distributions/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take } from '../support/numbers.ts';

/** The log of a sum of normal densities in float64, around the largest term. */
const logMixture = (x: number, weights: readonly number[], stds: readonly number[]): number => {
  const terms = stds.map(
    (std, i) =>
      Math.log(weights[i] ?? 0) - 0.5 * (x / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI),
  );
  const most = Math.max(...terms);
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
};

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);

describeOnBackends('scaleMixture', () => {
  it('has the log of the mixed densities, even if every one of them underflows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(float(-3, 3), float(-0.01, 0.01), float(-100, 100)), { minLength: 1 }),
        float(0.05, 0.95),
        float(-8, -2),
        (xs, pi, logStd) => {
          const [weights, stds] = [
            [pi, 1 - pi],
            [1, Math.exp(logStd)],
          ];
          const x = tf.tensor1d(xs);
          expectNumbers(
            take(scaleMixture({ weights, stds }).logProb(x, undefined)),
            xs.map((each) => logMixture(each, weights, stds)),
          );
          x.dispose();
        },
      ),
    );
  });

  it('is the normal prior with one component, and has the moments of three', () => {
    const x = tf.tensor1d([0.3, -4]);
    expectNumbers(
      take(scaleMixture({ stds: [0.4] }).logProb(x, undefined)),
      take(normal({ std: 0.4 }).prior.logProb(x, undefined)),
    );
    const { moments } = scaleMixture({ weights: [0.2, 0.3, 0.5], stds: [1, 2, 3] });
    expect(moments?.mean).toBe(0);
    expect(moments?.std).toBeCloseTo(Math.sqrt(0.2 + 0.3 * 4 + 0.5 * 9), 12);
    x.dispose();
  });

  it('is rescaled in every standard deviation, and omits its constant', () => {
    const x = tf.tensor1d([0.3, -0.01]);
    const expected = [0.3, -0.01].map((each) =>
      logMixture(each, [0.5, 0.5], [2 * (0.25 + 1e-5), 0.1 * (0.25 + 1e-5)]),
    );
    expectNumbers(
      take(
        scaleMixture({ stds: [2, 0.1] })
          .rescale(0.25)
          .logProb(x, undefined),
      ),
      expected,
    );
    expectNumbers(
      take(
        scaleMixture({ stds: [2, 0.1], normalized: false })
          .rescale(0.25)
          .logProb(x, undefined),
      ),
      expected.map((each) => each + 0.5 * Math.log(2 * Math.PI)),
    );
    x.dispose();
  });

  it('has the gradient of its log density, finite in the tails too, and leaks nothing', () => {
    const x = tf.tensor1d([0.4, -1.2, 0.05]);
    const prior = scaleMixture({ weights: [0.3, 0.7], stds: [1, 0.2] });
    expectGradient((w) => prior.logProb(w, undefined), x, { step: 5e-3 });
    expectNoLeak(() => prior.logProb(x, undefined));
    const far = tf.tensor1d([50, 0]);
    const slope = take(
      tf.tidy(() => tf.grad((w: tf.Tensor) => tf.sum(scaleMixture().logProb(w, undefined)))(far)),
    );
    expectNumbers(slope, [-50, 0]);
    tf.dispose([x, far]);
  });
});

describe('scaleMixture', () => {
  it.each([
    [{ stds: [] }, /^scaleMixture: stds must be one or more standard deviations, got \[\]$/],
    [{ stds: [1, 0] }, /^scaleMixture: stds must be a finite number above 0, got 0$/],
    [{ weights: [1] }, /^scaleMixture: weights must be one for each of the 2 stds, got \[1\]$/],
    [{ weights: [0.5, 0.6] }, /^scaleMixture: weights must be numbers that sum to 1, got \[0.5, 0.6\]$/],
    [{ weights: [1.5, -0.5] }, /^scaleMixture: weights must be a finite number above 0, got -0.5$/],
  ])('refuses %o', (options, message) => {
    expect(() => scaleMixture(options)).toThrow(message);
  });
});
