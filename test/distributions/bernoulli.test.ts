import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { bernoulli } from '../../src/distributions/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, values } from '../support/numbers.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const binaryEntropy = (p: number): number =>
  [p, 1 - p].reduce((sum, each) => sum - (each > 0 ? each * Math.log(each) : 0), 0);

const logits = fc.array(fc.double({ min: -8, max: 8, noNaN: true }).map(Math.fround), {
  minLength: 12,
  maxLength: 12,
});
const labels = fc.array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 4 });

describeOnBackends('bernoulli', () => {
  it('has the log probability of each label, summed over the outputs, by logits and by probabilities', () => {
    fc.assert(
      fc.property(logits, labels, (xs, ys) => {
        tf.tidy(() => {
          const output = tf.tensor2d(xs.slice(0, 4), [2, 2]);
          const target = tf.tensor2d(ys, [2, 2]);
          const each = ys.map((y, i) => Math.log(sigmoid((y === 1 ? 1 : -1) * (xs[i] ?? 0))));
          const expected = [(each[0] ?? 0) + (each[1] ?? 0), (each[2] ?? 0) + (each[3] ?? 0)];
          expectNumbers(values(bernoulli().logProb(output, target)), expected);
          expectNumbers(
            values(bernoulli({ inputType: 'probs' }).logProb(tf.sigmoid(output), target)),
            expected,
            1e-4,
          );
        });
      }),
    );
  });

  it('keeps the digits of a probability near 1, and is finite for any logit', () => {
    tf.tidy(() => {
      const score = (logit: number, label: number) =>
        values(bernoulli().logProb(tf.tensor2d([[logit]]), tf.tensor2d([[label]])))[0] ?? 0;
      expect(score(20, 1) / -Math.log1p(Math.exp(-20))).toBeCloseTo(1, 4);
      expectNumbers([score(1000, 0), score(-1000, 1), score(1000, 1)], [-1000, -1000, 0]);
      const sure = bernoulli({ inputType: 'probs' });
      const [target, output] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[1, 0]])];
      expect(values(sure.logProb(output, target))).toEqual([0]);
    });
  });

  it('predicts the mean probability, with entropies in nats', () => {
    fc.assert(
      fc.property(logits, (xs) => {
        tf.tidy(() => {
          const { mean, uncertainty } = bernoulli().predictive(tf.tensor3d(xs, [3, 2, 2]));
          const columns = [0, 1, 2, 3].map((at) => [0, 4, 8].map((s) => sigmoid(xs[s + at] ?? 0)));
          expectNumbers(values(mean), columns.map(average));
          expectNumbers(
            values(uncertainty.total),
            columns.map((ps) => binaryEntropy(average(ps))),
          );
          expectNumbers(
            values(uncertainty.aleatoric),
            columns.map((ps) => average(ps.map(binaryEntropy))),
          );
          expectNumbers(
            values(tf.add(uncertainty.aleatoric, uncertainty.epistemic)),
            values(uncertainty.total),
          );
        });
      }),
    );
  });

  it('scores targets under the mean probability of the samples', () => {
    fc.assert(
      fc.property(logits, labels, (xs, ys) => {
        tf.tidy(() => {
          const score = bernoulli().predictiveLogProb ?? expect.unreachable();
          const each = ys.map((y, at) =>
            Math.log(average([0, 4, 8].map((s) => sigmoid((y === 1 ? 1 : -1) * (xs[s + at] ?? 0))))),
          );
          expectNumbers(values(score(tf.tensor3d(xs, [3, 2, 2]), tf.tensor2d(ys, [2, 2]))), [
            (each[0] ?? 0) + (each[1] ?? 0),
            (each[2] ?? 0) + (each[3] ?? 0),
          ]);
        });
      }),
    );
  });

  it('has the gradients of its log probabilities', () => {
    tf.tidy(() => {
      const target = tf.tensor2d([[1], [0]]);
      expectGradient((x) => bernoulli().logProb(x, target), tf.tensor2d([[0.5], [-1]]));
      const probs = bernoulli({ inputType: 'probs' });
      expectGradient((x) => probs.logProb(x, target), tf.tensor2d([[0.4], [0.3]]));
      const together = bernoulli().predictiveLogProb ?? expect.unreachable();
      expectGradient((x) => together(x, target), tf.tensor3d([0.5, -1, 1.5, 0.2], [2, 2, 1]));
    });
  });

  it('takes integer labels, and refuses others and other shapes', () => {
    tf.tidy(() => {
      const output = tf.zeros([2, 1]);
      const score = (target: tf.Tensor) => () => bernoulli().logProb(output, target);
      expectNumbers(values(score(tf.tensor2d([[1], [0]], undefined, 'int32'))()), [-Math.LN2, -Math.LN2]);
      // A GPU does not look.
      if (canReadSync())
        expect(score(tf.tensor2d([[1], [2]]))).toThrow('bernoulli: targets must be zeros and ones, got 2');
      expect(score(tf.zeros([2]))).toThrow("bernoulli: targets must be of the output's shape [2, 1], got");
      expect(() => bernoulli().logProb({} as tf.Tensor, output)).toThrow(
        'bernoulli: output must be a tensor',
      );
    });
  });

  it('leaks no tensors', () => {
    const [output, samples, target] = [tf.zeros([2, 1]), tf.zeros([3, 2, 1]), tf.ones([2, 1])];
    expectNoLeak(() => bernoulli().logProb(output, target));
    expectNoLeak(() => bernoulli().predictive(samples));
    expectNoLeak(() => bernoulli({ inputType: 'probs' }).predictive(samples));
    expectNoLeak(() => bernoulli().predictiveLogProb?.(samples, target));
    tf.dispose([output, samples, target]);
  });
});

describe('bernoulli', () => {
  it('refuses another inputType', () => {
    expect(() => bernoulli({ inputType: 'odds' as 'logits' })).toThrow(
      "bernoulli: inputType must be 'logits' or 'probs', got 'odds'",
    );
  });
});
