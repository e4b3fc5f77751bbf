import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normal, pointMass, quiet, studentT } from '../../src/distributions/index.ts';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, values } from '../support/numbers.ts';

const logNormal = (x: number, mean: number, variance: number): number =>
  -0.5 * ((x - mean) ** 2 / variance + Math.log(2 * Math.PI * variance));

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
/** Away from 0, where the weight's variance is. */
const mean = fc.oneof(float(0.1, 3), float(-3, -0.1));

describeOnBackends('quiet', () => {
  it('is the density of the weight around its mean times that of the mean', () => {
    fc.assert(
      fc.property(
        float(-3, 3),
        mean,
        float(0.3, 2),
        float(-1, 1),
        float(0.3, 2),
        (x, m, stdRatio, meanMean, meanStd) => {
          tf.tidy(() => {
            const logProb = quiet({ stdRatio, meanMean, meanStd }).logProb(tf.tensor1d([x]), {
              mean: tf.tensor1d([m]),
            });
            const variance = (stdRatio * m) ** 2;
            expectNumbers(values(logProb), [
              logNormal(x, m, variance) + logNormal(m, meanMean, meanStd ** 2),
            ]);
          });
        },
      ),
    );
  });

  it('takes the mean of a normal, a Student-t and a point mass, and differentiates through it', () => {
    tf.tidy(() => {
      const at = tf.tensor1d([0.5, -1.2]);
      const weight = tf.tensor1d([0.3, -1]);
      const prior = quiet({ stdRatio: 0.7, meanMean: 0.2 });
      const [first, ...others] = [
        normal().posterior.init(at, 1, random.key(0)),
        studentT().posterior.init(at, 1, random.key(0)),
        pointMass().init(at, 1, random.key(0)),
      ].map((params) => values(prior.logProb(weight, params)));
      for (const other of others) expect(other).toEqual(first);
      expectGradient((m) => prior.logProb(weight, { mean: m }), at);
      expectGradient((w) => prior.logProb(w, { mean: at }), weight);
    });
  });

  it('is rescaled in the moments of the mean and in eps, and omits its constant', () => {
    tf.tidy(() => {
      const [x, params] = [tf.tensor1d([0.3]), { mean: tf.tensor1d([0.1]) }];
      const options = { stdRatio: 0.5, meanMean: 0.6, meanStd: 0.7, eps: 0.04 };
      const variance = 0.05 ** 2 + 0.04 * 0.25;
      const expected = logNormal(0.3, 0.1, variance) + logNormal(0.1, 0.15, (0.7 * 0.25) ** 2);
      expectNumbers(values(quiet(options).rescale(0.25).logProb(x, params)), [expected]);
      const rest = quiet({ ...options, normalized: false }).rescale(0.25);
      expectNumbers(values(rest.logProb(x, params)), [expected + Math.log(2 * Math.PI)]);
    });
  });

  it('draws the means when the prior initializes, each as wide as the ratio', () => {
    const prior = quiet({ stdRatio: 0.5, meanMean: 0.3, meanStd: 0.2 });
    const model = bayesian({ prior, priorInitialization: true })(linear(50, 40));
    const { weight, bias } = model.init(random.key(3));
    const means = values(weight.mean);
    expectMean(means, 0.3);
    expectMean(
      means.map((m) => (m - 0.3) ** 2),
      0.04,
    );
    expectNumbers(
      values(weight.logStd),
      means.map((m) => Math.log(0.5 * Math.abs(m))),
    );
    expect(values(bias.mean)).not.toEqual(means.slice(0, 40));
    tf.dispose([weight, bias] as never);
  });

  it('leaks no tensors', () => {
    const params = { mean: tf.ones([3]) };
    expectNoLeak(() => quiet().logProb(params.mean, params));
    expectNoLeak(() => quiet().drawMoments?.([2, 3], random.key(0)));
    tf.dispose(params);
  });

  it('refuses a posterior without a mean', () => {
    tf.tidy(() => {
      for (const params of [undefined, { logRadius: tf.zeros([1]) }]) {
        expect(() => quiet().logProb(tf.zeros([1]), params)).toThrow(
          /^quiet: parameters of the posterior must be a record with a mean/,
        );
      }
    });
  });
});

describe('quiet', () => {
  it.each([
    [{ stdRatio: 0 }, /^quiet: stdRatio must be .*above 0, got 0$/],
    [{ meanStd: -1 }, /^quiet: meanStd must be .*above 0, got -1$/],
    [{ meanMean: Number.NaN }, /^quiet: meanMean must be a finite number, got NaN$/],
    [{ eps: -1 }, /^quiet: eps must be a finite number of at least 0, got -1$/],
  ])('refuses %o', (options, message) => {
    expect(() => quiet(options)).toThrow(message);
  });

  it('can be rescaled by 0, as for a layer without inputs', () => {
    expect(() => quiet().rescale(0)).not.toThrow();
  });
});
