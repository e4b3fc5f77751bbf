import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { dropout, sequential } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, posteriorMean, vmapSamples } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

const key = random.key(5);
const model = bayesian()(sequential(dropout(0.3)));

describeOnBackends('dropout', () => {
  it('drops with its rate and scales the rest, so that the expectation stays', () => {
    const x = tf.fill([100_000], 2);
    const y = take(model.apply({}, key, x));
    const kept = Math.fround(2 / 0.7);
    expect(new Set(y.map((value) => (value === 0 ? 0 : Math.abs(value - kept) < 1e-6)))).toEqual(
      new Set([0, true]),
    );
    expectMean(y, 2);
    expectMean(
      y.map((value) => (value === 0 ? 1 : 0)),
      0.3,
    );
    x.dispose();
  });

  it('is the identity in the posterior mean and at rate 0', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([1, -2, 3]);
      expect(values(posteriorMean(model).apply({}, key, x))).toEqual([1, -2, 3]);
      expect(values(bayesian()(sequential(dropout(0))).apply({}, key, x))).toEqual([1, -2, 3]);
    });
  });

  it('has its own mask for each sample, each key and each place', () => {
    tf.tidy(() => {
      const x = tf.ones([64]);
      const rows = vmapSamples({ samples: 3 })(model)({}, key, x);
      const [a, b, c] = tf.unstack(rows).map((row) => values(row).join());
      expect(new Set([a, b, c]).size).toBe(3);
      expect(values(model.apply({}, key, x))).toEqual(values(model.apply({}, key, x)));
      const twice = bayesian()(sequential(dropout(0.5), dropout(0.5)));
      // With one mask for both, half of the elements would be left, not a quarter.
      const left = values(twice.apply({}, key, tf.ones([4000]))).filter((value) => value !== 0).length / 4000;
      expect(Math.abs(left - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 4000));
    });
  });

  it('passes gradients exactly where it passes values', () => {
    tf.tidy(() => {
      const x = tf.ones([32]);
      const f = (input: tf.Tensor): tf.Tensor => model.apply({}, key, input);
      expectNumbers(values(tf.grad(f)(x)), values(f(x)));
    });
  });

  it('leaks no tensors', () => {
    const x = tf.ones([3]);
    expectNoLeak(() => model.apply({}, key, x));
    x.dispose();
  });
});

describe('dropout', () => {
  it.each([[1], [-0.1], [Number.NaN], [undefined]])('refuses a rate of %o', (rate) => {
    expect(() => dropout(rate as number)).toThrow(/^dropout: rate must be a number in \[0, 1\), got /);
  });
});
