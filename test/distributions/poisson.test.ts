import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { poisson } from '../../src/distributions/index.ts';
import { logFactorial } from '../../src/distributions/specialFunctions.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, sampleVariance, take, values } from '../support/numbers.ts';

const factorials = (n: number): number =>
  Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b, 0);
const logPoisson = (count: number, logRate: number): number =>
  count * logRate - Math.exp(logRate) - factorials(count);

const logRates = fc.array(fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround), {
  minLength: 6,
  maxLength: 6,
});
const counts = fc.array(fc.nat(40), { minLength: 2, maxLength: 2 });

describeOnBackends('poisson', () => {
  it('has the log probability of each count, summed over the outputs', () => {
    fc.assert(
      fc.property(logRates, counts, (xs, ys) => {
        tf.tidy(() => {
          const [output, target] = [tf.tensor2d(xs.slice(0, 2), [1, 2]), tf.tensor2d(ys, [1, 2])];
          const each = ys.map((y, i) => logPoisson(y, xs[i] ?? 0));
          expectNumbers(values(poisson().logProb(output, target)), [(each[0] ?? 0) + (each[1] ?? 0)]);
          expectNumbers(values(poisson({ normalized: false }).logProb(output, target)), [
            (each[0] ?? 0) + (each[1] ?? 0) + ys.reduce((sum, y) => sum + factorials(y), 0),
          ]);
        });
      }),
    );
  });

  it('includes the logarithms of factorials, small and large', () => {
    const ns = [...Array.from({ length: 20 }, (_, n) => n), 100, 1000, 50_000];
    const x = tf.tensor1d(ns);
    take(logFactorial(x)).forEach((found, at) => {
      const expected = factorials(ns[at] ?? 0);
      expect(Math.abs(found - expected)).toBeLessThan(2e-6 * Math.max(1, expected));
    });
    x.dispose();
  });

  it('predicts the mean rate, and splits the variance into those of counts and rates', () => {
    fc.assert(
      fc.property(logRates, (xs) => {
        tf.tidy(() => {
          const { mean, uncertainty } = poisson().predictive(tf.tensor3d(xs, [3, 1, 2]));
          const columns = [0, 1].map((at) => [0, 2, 4].map((s) => Math.exp(xs[s + at] ?? 0)));
          const spreads = columns.map((rates) => (sampleVariance(rates) * 2) / 3);
          expectNumbers(values(mean), columns.map(average));
          expectNumbers(values(uncertainty.aleatoric), columns.map(average));
          expectNumbers(values(uncertainty.epistemic), spreads);
          expectNumbers(
            values(uncertainty.total),
            columns.map((rates, at) => average(rates) + (spreads[at] ?? 0)),
          );
        });
      }),
    );
  });

  it('scores counts under their mean probability', () => {
    fc.assert(
      fc.property(logRates, counts, (xs, ys) => {
        tf.tidy(() => {
          const score = poisson().predictiveLogProb ?? expect.unreachable();
          const each = ys.map((y, at) =>
            Math.log(average([0, 2, 4].map((s) => Math.exp(logPoisson(y, xs[s + at] ?? 0))))),
          );
          const found = score(tf.tensor3d(xs, [3, 1, 2]), tf.tensor2d(ys, [1, 2], 'int32'));
          expectNumbers(values(found), [(each[0] ?? 0) + (each[1] ?? 0)]);
        });
      }),
    );
  });

  it('has the gradients of its log probabilities', () => {
    tf.tidy(() => {
      const target = tf.tensor2d([[3], [0]]);
      expectGradient((x) => poisson().logProb(x, target), tf.tensor2d([[0.5], [-1]]));
      const together = poisson().predictiveLogProb ?? expect.unreachable();
      expectGradient((x) => together(x, target), tf.tensor3d([0.5, -1, 1.5, 0.2], [2, 2, 1]));
    });
  });

  it('rejects values that are not counts, and other shapes', () => {
    tf.tidy(() => {
      const score = (target: tf.Tensor) => () => poisson().logProb(tf.zeros([2, 1]), target);
      // A GPU does not look.
      if (canReadSync()) {
        expect(score(tf.tensor2d([[1], [-1]]))).toThrow('poisson: targets must be counts from 0 up, got -1');
        expect(score(tf.tensor2d([[1.5], [1]]))).toThrow(
          'poisson: targets must be counts from 0 up, got 1.5',
        );
      }
      expect(score(tf.zeros([2]))).toThrow("poisson: targets must be of the output's shape [2, 1], got");
    });
  });

  it('leaks no tensors', () => {
    const [output, samples, target] = [tf.zeros([2, 1]), tf.zeros([3, 2, 1]), tf.ones([2, 1])];
    expectNoLeak(() => poisson().logProb(output, target));
    expectNoLeak(() => poisson().predictive(samples));
    expectNoLeak(() => poisson().predictiveLogProb?.(samples, target));
    tf.dispose([output, samples, target]);
  });
});
