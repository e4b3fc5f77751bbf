import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import { normal } from '../../src/distributions/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

/** The log density in float64. */
const logNormal = (x: number, mean: number, std: number, eps = 1e-10): number =>
  -((x - mean) ** 2) / (2 * (std ** 2 + eps)) - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((x) => Math.fround(x));
const many = fc.array(float(-3, 3), { minLength: 1, maxLength: 6 });

describeOnBackends('normal prior', () => {
  it('has the closed-form log density, element by element', () => {
    fc.assert(
      fc.property(many, float(-2, 2), float(0.05, 3), (xs, mean, std) => {
        const x = tf.tensor1d(xs);
        const logProb = take(normal({ mean, std }).prior.logProb(x, undefined));
        expectNumbers(
          logProb,
          xs.map((each) => logNormal(each, mean, std)),
        );
        x.dispose();
      }),
    );
  });

  it('integrates to one, with its mean and variance', () => {
    const [mean, std, count] = [0.5, 0.3, 4001];
    const grid = tf.linspace(mean - 8 * std, mean + 8 * std, count);
    const xs = values(grid);
    const density = take(normal({ mean, std }).prior.logProb(grid, undefined)).map(Math.exp);
    const width = (16 * std) / (count - 1);
    const integral = (f: (x: number) => number): number =>
      density.reduce((sum, p, index) => sum + p * f(xs[index] as number) * width, 0);
    expectNumbers(
      [integral(() => 1), integral((x) => x), integral((x) => (x - mean) ** 2)],
      [1, mean, std ** 2],
      1e-5,
    );
    grid.dispose();
  });

  it('takes a mean and a standard deviation that broadcast against the weight', () => {
    tf.tidy(() => {
      const weight = tf.tensor2d([0, 1, 2, 3], [2, 2]);
      const { prior } = normal({ mean: tf.tensor1d([0.5, -0.5]), std: tf.tensor2d([0.1, 2], [2, 1]) });
      expectNumbers(values(prior.logProb(weight, undefined)), [
        logNormal(0, 0.5, 0.1),
        logNormal(1, -0.5, 0.1),
        logNormal(2, 0.5, 2),
        logNormal(3, -0.5, 2),
      ]);
    });
  });

  it('adds eps to the variance of the quadratic term alone', () => {
    tf.tidy(() => {
      const logProb = normal({ std: 0.1, eps: 0.03 }).prior.logProb(tf.tensor1d([0.2]), undefined);
      expectNumbers(values(logProb), [logNormal(0.2, 0, 0.1, 0.03)]);
    });
  });

  it('omits the constant if not normalized', () => {
    tf.tidy(() => {
      const x = tf.tensor1d([0.7]);
      const [whole, rest] = [true, false].map((normalized) =>
        values(normal({ normalized }).prior.logProb(x, undefined)),
      );
      expect((rest?.[0] ?? 0) - (whole?.[0] ?? 0)).toBeCloseTo(0.5 * Math.log(2 * Math.PI), 5);
    });
  });

  it('rescales mean and standard deviation, numbers and tensors alike', () => {
    tf.tidy(() => {
      const [x, scale] = [tf.tensor1d([0.3, -0.4]), 0.25];
      const expected = [0.3, -0.4].map((each) => logNormal(each, 0.8 * scale, 2 * (scale + 1e-5)));
      const byNumber = normal({ mean: 0.8, std: 2 }).prior.rescale(scale);
      const byTensor = normal({ mean: tf.scalar(0.8), std: tf.tensor1d([2, 2]) }).prior.rescale(scale);
      expectNumbers(values(byNumber.logProb(x, undefined)), expected);
      expectNumbers(values(byTensor.logProb(x, undefined)), expected);
      expect(byNumber.moments).toEqual({ mean: 0.8 * scale, std: 2 * (scale + 1e-5) });
    });
  });

  it('has the gradient of its log density', () => {
    const x = tf.tensor1d([0.4, -1.2, 0]);
    expectGradient((w) => normal({ mean: 0.1, std: 0.7 }).prior.logProb(w, undefined), x);
    x.dispose();
  });

  it('leaks no tensors', () => {
    const x = tf.ones([3]);
    const { prior } = normal({ mean: 0.1 });
    expectNoLeak(() => prior.logProb(x, undefined));
    x.dispose();
  });
});

describeOnBackends('normal posterior', () => {
  const { posterior } = normal();

  it('has the closed-form log density, and that of the prior with the same moments', () => {
    fc.assert(
      fc.property(many, float(-2, 2), float(-3, 1), (xs, mean, logStd) => {
        tf.tidy(() => {
          const weight = tf.tensor1d(xs);
          const params = { mean: tf.fill([xs.length], mean), logStd: tf.fill([xs.length], logStd) };
          const logProb = values(posterior.logProb(params, weight));
          expectNumbers(
            logProb,
            xs.map((x) => logNormal(x, mean, Math.exp(logStd))),
          );
          const prior = normal({ mean, std: Math.exp(logStd) }).prior;
          expectNumbers(values(prior.logProb(weight, undefined)), logProb);
        });
      }),
    );
  });

  it('draws with the mean and the variance of its parameters', () => {
    const count = 100_000;
    for (const [mean, std] of [
      [1.5, 0.2],
      [-0.3, 2],
    ] as const) {
      const params = { mean: tf.fill([count], mean), logStd: tf.fill([count], Math.log(std)) };
      const draws = take(posterior.sample(params, random.key(7)));
      expectMean(draws, mean);
      expectMean(
        draws.map((x) => (x - mean) ** 2),
        std ** 2,
      );
      tf.dispose(params);
    }
  });

  it('draws the same for the same key and differs for another', () => {
    tf.tidy(() => {
      const params = { mean: tf.zeros([4]), logStd: tf.zeros([4]) };
      const draw = (seed: number): readonly number[] => values(posterior.sample(params, random.key(seed)));
      expect(draw(1)).toEqual(draw(1));
      expect(draw(1)).not.toEqual(draw(2));
    });
  });

  it('is differentiable in its parameters: draw and log density', () => {
    tf.tidy(() => {
      const [mean, logStd] = [tf.tensor1d([0.3, -0.8, 1]), tf.tensor1d([-1, 0.2, 0])];
      const weight = tf.tensor1d([0.1, 0.5, -1]);
      const key = random.key(3);
      const weighed = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.tensor1d([1, 2, -1]));
      expectGradient((m) => weighed(posterior.sample({ mean: m, logStd }, key)), mean);
      expectGradient((s) => weighed(posterior.sample({ mean, logStd: s }, key)), logStd);
      expectGradient((m) => weighed(posterior.logProb({ mean: m, logStd }, weight)), mean);
      expectGradient((s) => weighed(posterior.logProb({ mean, logStd: s }, weight)), logStd);
      expectGradient((w) => weighed(posterior.logProb({ mean, logStd }, w)), weight);
    });
  });

  it('has a prior and a start by precision, which the fan-in does not scale', () => {
    tf.tidy(() => {
      const { prior, posterior: precise } = normal({ mean: 0.5, precision: 16 });
      const mean = tf.tensor1d([1, 2]);
      for (const fanIn of [null, 9]) {
        const params = precise.init(mean, fanIn, random.key(0));
        expect(values(params.mean)).toEqual([1, 2]);
        expectNumbers(values(params.logStd), [Math.log(0.25), Math.log(0.25)]);
      }
      expectNumbers(values(prior.logProb(mean, undefined)), [
        logNormal(1, 0.5, 0.25),
        logNormal(2, 0.5, 0.25),
      ]);
      expect(precise.initialSettings).toEqual({ precision: 16 });
    });
    for (const precision of [0, -1, Number.NaN])
      expect(() => normal({ precision })).toThrow('normal: precision must be a finite number above 0, got ');
    expect(() => normal({ precision: 4, std: 0.5 })).toThrow(
      'normal: std must be absent, as precision is given, got 0.5',
    );
  });

  it('starts at the given means, with a standard deviation scaled by the fan-in or not at all', () => {
    tf.tidy(() => {
      const mean = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const scaled = normal({ std: 0.5 }).posterior.init(mean, 16, random.key(0));
      expect(values(scaled.mean)).toEqual([1, 2, 3, 4]);
      const spread = Math.log(0.5) + Math.log(1 / 4 + 1e-5);
      expect(scaled.logStd.shape).toEqual([2, 2]);
      expectNumbers(values(scaled.logStd), [spread, spread, spread, spread]);
      const unscaled = normal({ std: tf.tensor1d([0.5, 2]) }).posterior.init(mean, null, random.key(0));
      expectNumbers(
        values(unscaled.logStd),
        [0.5, 2, 0.5, 2].map((std) => Math.log(std)),
      );
    });
  });

  it('has the moments that fromMoments was given', () => {
    tf.tidy(() => {
      const [mean, std] = [tf.tensor1d([0.5, -1]), tf.tensor1d([0.1, 3])];
      const params = posterior.fromMoments?.(mean, std) ?? expect.unreachable();
      const moments = posterior.moments?.(params) ?? expect.unreachable();
      expectNumbers(values(moments.mean), [0.5, -1]);
      expectNumbers(values(moments.variance), [0.01, 9]);
    });
  });

  it('leaks no tensors', () => {
    const params = { mean: tf.zeros([3]), logStd: tf.zeros([3]) };
    expectNoLeak(() => posterior.sample(params, random.key(0)));
    expectNoLeak(() => posterior.logProb(params, params.mean));
    expectNoLeak(() => posterior.init(tf.zeros([2]), 4, random.key(0)));
    tf.dispose(params);
  });
});

describe('normal', () => {
  it.each([
    [{ std: 0 }, /^normal: std must be a finite number above 0, got 0$/],
    [{ std: -1 }, /^normal: std must be .* got -1$/],
    [{ std: Number.NaN }, /^normal: std must be .* got NaN$/],
    [{ mean: Number.POSITIVE_INFINITY }, /^normal: mean must be finite, got Infinity$/],
    [{ eps: -1e-3 }, /^normal: eps must be .* got -0.001$/],
    [{ eps: Number.NaN }, /^normal: eps must be .* got NaN$/],
  ])('refuses %o', (options, message) => {
    expect(() => normal(options)).toThrow(message);
  });
});

describeOnBackends('normal of a tensor', () => {
  it('rejects a standard deviation that is not positive everywhere; on a GPU it is not read', () => {
    tf.tidy(() => {
      if (!canReadSync()) {
        expect(normal({ std: tf.tensor1d([1, 0]) }).prior.name).toBe('normal');
        return;
      }
      expect(() => normal({ std: tf.tensor1d([1, 0]) })).toThrow(/^normal: std must be .*above 0.* got 0$/);
      expect(() => normal({ std: tf.tensor1d([1, Number.NaN]) })).toThrow(/^normal: std must be .* got NaN$/);
      expect(() => normal({ mean: tf.tensor1d([Number.NaN]) })).toThrow(
        /^normal: mean must be finite, got NaN$/,
      );
    });
  });
});
