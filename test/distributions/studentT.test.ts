import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laplace, studentT } from '../../src/distributions/index.ts';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian } from '../../src/transforms/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

/** Log density in float64 for degrees of freedom whose constant is known: 1, 2 and 4. */
const constants: Readonly<Record<number, number>> = { 1: 1 / Math.PI, 2: 1 / Math.sqrt(8), 4: 3 / 8 };
const logStudentT = (x: number, df: number, mean: number, scale: number): number =>
  Math.log(constants[df] ?? Number.NaN) -
  Math.log(scale) -
  ((df + 1) / 2) * Math.log(1 + ((x - mean) / scale) ** 2 / df);

const float = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
const many = fc.array(float(-30, 30), { minLength: 1, maxLength: 6 });
const known = fc.constantFrom(1, 2, 4);

describeOnBackends('studentT prior', () => {
  it('has the closed-form log density, element by element', () => {
    fc.assert(
      fc.property(many, known, float(-2, 2), float(0.05, 3), (xs, degreesOfFreedom, mean, scale) => {
        const x = tf.tensor1d(xs);
        const { prior } = studentT({ degreesOfFreedom, mean, scale });
        expectNumbers(
          take(prior.logProb(x, undefined)),
          xs.map((each) => logStudentT(each, degreesOfFreedom, mean, scale)),
        );
        x.dispose();
      }),
    );
  });

  it('omits the constant of its degrees of freedom if not normalized', () => {
    const x = tf.tensor1d([0.7]);
    const [whole, rest] = [true, false].map(
      (normalized) => take(studentT({ normalized }).prior.logProb(x, undefined))[0] ?? 0,
    );
    expect((whole ?? 0) - (rest ?? 0)).toBeCloseTo(Math.log(3 / 8), 5);
    x.dispose();
  });

  it('is rescaled in mean and scale, and has moments if they exist', () => {
    const x = tf.tensor1d([0.3, -0.4]);
    const { prior } = studentT({ mean: 0.8, scale: 2 });
    const rescaled = prior.rescale(0.25);
    expectNumbers(
      take(rescaled.logProb(x, undefined)),
      [0.3, -0.4].map((each) => logStudentT(each, 4, 0.2, 2 * (0.25 + 1e-5))),
    );
    expect(prior.moments).toEqual({ mean: 0.8, std: 2 * Math.sqrt(2) });
    expect(studentT({ degreesOfFreedom: 2 }).prior.moments).toBeUndefined();
    x.dispose();
  });

  it('has the gradient of its log density, and leaks nothing', () => {
    const x = tf.tensor1d([0.4, -1.2, 0]);
    const { prior } = studentT({ mean: 0.1, scale: 0.7 });
    expectGradient((w) => prior.logProb(w, undefined), x);
    expectNoLeak(() => prior.logProb(x, undefined));
    x.dispose();
  });
});

describeOnBackends('studentT posterior', () => {
  it('has the log density of the prior with the same parameters', () => {
    fc.assert(
      fc.property(many, known, float(-2, 2), float(-3, 1), (xs, degreesOfFreedom, mean, logScale) => {
        tf.tidy(() => {
          const weight = tf.tensor1d(xs);
          const params = { mean: tf.fill([xs.length], mean), logScale: tf.fill([xs.length], logScale) };
          expectNumbers(
            values(studentT({ degreesOfFreedom }).posterior.logProb(params, weight)),
            xs.map((x) => logStudentT(x, degreesOfFreedom, mean, Math.exp(logScale))),
          );
        });
      }),
    );
  });

  it('draws with its moments and its entropy', () => {
    const count = 200_000;
    const { posterior } = studentT({ degreesOfFreedom: 9 });
    const params = { mean: tf.fill([count], 1.5), logScale: tf.fill([count], Math.log(0.3)) };
    const weight = posterior.sample(params, random.key(7));
    const draws = take(weight.clone());
    const one = { mean: tf.tensor1d([1.5]), logScale: tf.tensor1d([Math.log(0.3)]) };
    const moments = posterior.moments?.(one) ?? expect.unreachable();
    expectMean(draws, values(moments.mean)[0] ?? 0);
    expectMean(
      draws.map((x) => (x - 1.5) ** 2),
      take(moments.variance)[0] ?? 0,
    );
    const entropy = take(posterior.entropy?.(one) ?? expect.unreachable())[0] ?? 0;
    expectMean(take(posterior.logProb(params, weight)), -entropy);
    tf.dispose([params, weight, one]);
  });

  it('is differentiable in its parameters: draw, log density and entropy', () => {
    tf.tidy(() => {
      const { posterior } = studentT({ degreesOfFreedom: 3 });
      const [mean, logScale] = [tf.tensor1d([0.3, -0.8, 1]), tf.tensor1d([-1, 0.2, 0])];
      const weight = tf.tensor1d([0.1, 0.5, -1]);
      const key = random.key(3);
      const weighed = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.tensor1d([1, 2, -1]));
      expectGradient((m) => weighed(posterior.sample({ mean: m, logScale }, key)), mean);
      expectGradient((s) => weighed(posterior.sample({ mean, logScale: s }, key)), logScale);
      expectGradient((m) => weighed(posterior.logProb({ mean: m, logScale }, weight)), mean);
      expectGradient((s) => weighed(posterior.logProb({ mean, logScale: s }, weight)), logScale);
      expectGradient((w) => weighed(posterior.logProb({ mean, logScale }, w)), weight);
      expectGradient((s) => posterior.entropy?.({ mean, logScale: s }) ?? expect.unreachable(), logScale);
    });
  });

  it('starts at the given means, its scale scaled by the fan-in or not at all', () => {
    tf.tidy(() => {
      const mean = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const { posterior } = studentT({ scale: 0.5 });
      const scaled = posterior.init(mean, 16, random.key(0));
      expect(scaled.mean).toBe(mean);
      expect(scaled.logScale.shape).toEqual([2, 2]);
      expectNumbers(values(scaled.logScale), Array(4).fill(Math.log(0.5) + Math.log(1 / 4 + 1e-5)));
      expectNumbers(values(posterior.init(mean, null, random.key(0)).logScale), Array(4).fill(Math.log(0.5)));
    });
  });

  it('has the moments that fromMoments was given, or neither with two degrees of freedom', () => {
    tf.tidy(() => {
      const { posterior } = studentT({ degreesOfFreedom: 3 });
      const params =
        posterior.fromMoments?.(tf.tensor1d([0.5, -1]), tf.tensor1d([0.1, 3])) ?? expect.unreachable();
      const moments = posterior.moments?.(params) ?? expect.unreachable();
      expectNumbers(values(moments.mean), [0.5, -1]);
      expectNumbers(values(moments.variance), [0.01, 9]);
      const heavy = studentT({ degreesOfFreedom: 2 }).posterior;
      expect([heavy.moments, heavy.fromMoments]).toEqual([undefined, undefined]);
    });
  });

  it('starts at the mean and variance of a prior of another family', () => {
    tf.tidy(() => {
      const model = bayesian({
        prior: laplace({ mean: 0.3, scale: 0.5 }),
        posterior: studentT({ degreesOfFreedom: 5 }),
        priorInitialization: true,
      })(linear(3, 2));
      const { weight } = model.init(random.key(0));
      const moments = studentT({ degreesOfFreedom: 5 }).posterior.moments?.(weight) ?? expect.unreachable();
      expectNumbers(values(moments.mean), Array(6).fill(0.3));
      expectNumbers(values(moments.variance), Array(6).fill(2 * 0.5 ** 2));
    });
  });

  it('leaks no tensors', () => {
    const { posterior } = studentT();
    const params = { mean: tf.zeros([3]), logScale: tf.zeros([3]) };
    expectNoLeak(() => posterior.sample(params, random.key(0)));
    expectNoLeak(() => posterior.logProb(params, params.mean));
    expectNoLeak(() => posterior.entropy?.(params));
    expectNoLeak(() => posterior.init(tf.zeros([2]), 4, random.key(0)));
    tf.dispose(params);
  });
});

describe('studentT', () => {
  it.each([
    [{ degreesOfFreedom: 0 }, /^studentT: degreesOfFreedom must be a finite number above 0, got 0$/],
    [{ scale: -1 }, /^studentT: scale must be a finite number above 0, got -1$/],
    [{ mean: Number.NaN }, /^studentT: mean must be a finite number, got NaN$/],
  ])('refuses %o', (options, message) => {
    expect(() => studentT(options)).toThrow(message);
  });
});
