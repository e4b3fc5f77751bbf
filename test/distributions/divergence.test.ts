import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { closedForm } from '../../src/distributions/divergence.ts';
import {
  divergence,
  flat,
  laplace,
  normal,
  type Posterior,
  type Prior,
  pointMass,
  posterior,
  prior,
  quiet,
  scaleMixture,
  studentT,
} from '../../src/distributions/index.ts';
import * as random from '../../src/random/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectGradient } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

const draws = many(1_000_000);

/** log q(w) - log p(w) of many draws of one weight with posterior N(mean, exp(logStd)^2). */
const sampledTerms = (q: Posterior, p: Prior, mean: number, logStd: number): readonly number[] => {
  const terms = tf.tidy(() => {
    const params = { mean: tf.fill([draws], mean), logStd: tf.fill([draws], logStd) };
    const weight = q.sample(params, random.key(11));
    return tf.sub(q.logProb(params, weight), p.logProb(weight, params));
  });
  return take(terms);
};

const klValue = (q: Posterior, p: Prior, params: unknown): number =>
  take(closedForm([])('w', q, p)(params))[0] as number;

describeOnBackends('closed-form divergence', () => {
  it.each([
    [0.4, -0.5, 0, 1],
    [-1.2, 0.3, 0.5, 2],
    [0.05, -3, 0, 0.2],
  ])('of N(%d, exp(%d)^2) from N(%d, %d^2) is the mean of log q - log p', (mean, logStd, priorMean, std) => {
    const { posterior: q } = normal();
    const { prior: p } = normal({ mean: priorMean, std });
    const params = { mean: tf.tensor1d([mean]), logStd: tf.tensor1d([logStd]) };
    expectMean(sampledTerms(q, p, mean, logStd), klValue(q, p, params));
    tf.dispose(params);
  });

  it('of a normal from the flat prior is the mean of log q', () => {
    const params = { mean: tf.tensor1d([0.4]), logStd: tf.tensor1d([-0.7]) };
    const { posterior: q } = normal();
    expectMean(sampledTerms(q, flat(), 0.4, -0.7), klValue(q, flat(), params));
    tf.dispose(params);
  });

  const student = studentT({ degreesOfFreedom: 10 }).posterior;
  it.each<[name: string, q: Posterior, p: Prior, mean: number, logScale: number]>([
    ['normal, laplace', normal().posterior, laplace({ mean: 0.3, scale: 0.5 }), 0.4, -0.5],
    ['normal far out, laplace', normal().posterior, laplace({ scale: 0.2 }), -1.5, -2],
    ['normal, quiet', normal().posterior, quiet({ stdRatio: 0.5, meanMean: 0.2 }), 0.6, -1],
    ['studentT, normal', student, normal({ mean: 0.2, std: 0.7 }).prior, -0.4, -0.3],
    ['studentT, quiet', student, quiet({ meanStd: 0.5 }), 0.8, -0.8],
    ['studentT, flat', student, flat(), 0.4, -0.7],
    ['studentT of one degree, flat', studentT({ degreesOfFreedom: 1 }).posterior, flat(), 0.4, -0.7],
    ['point mass, laplace', pointMass(), laplace(), 0.4, 0],
    ['point mass, scaleMixture', pointMass(), scaleMixture(), 0.4, 0],
  ])('of %s is the mean of log q - log p', (_, q, p, mean, logScale) => {
    const params = (shape: [number]) => ({
      mean: tf.fill(shape, mean),
      value: tf.fill(shape, mean),
      logStd: tf.fill(shape, logScale),
      logScale: tf.fill(shape, logScale),
    });
    tf.tidy(() => {
      // All draws of a point mass are the same.
      const all = params([q.name === 'pointMass' ? 1 : draws]);
      const weight = q.sample(all, random.key(11));
      const terms = values(tf.sub(q.logProb(all, weight), p.logProb(weight, all)));
      const closed = klValue(q, p, params([1]));
      if (q.name === 'pointMass') expectNumbers([closed], [terms[0] ?? 0]);
      else expectMean(terms, closed);
    });
  });

  it('has one for every family with an entropy, and for one with moments and a quadratic log density', () => {
    tf.tidy(() => {
      const ball = posterior({
        name: 'ball',
        init: (mean: tf.Tensor) => ({ mean }),
        sample: () => expect.unreachable(),
        logProb: () => expect.unreachable(),
        entropy: () => tf.scalar(2 * Math.LN2),
        moments: ({ mean }) => ({ mean, variance: tf.fill(mean.shape, 1 / 3) }),
      });
      const params = { mean: tf.tensor1d([0.5, -1]) };
      expectNumbers([klValue(ball, flat(), params)], [-2 * Math.LN2]);
      const quadratic = (m: number) => (1 / 3 + (m - 0.1) ** 2) / (2 * 0.49);
      expectNumbers(
        [klValue(ball, normal({ mean: 0.1, std: 0.7 }).prior, params)],
        [-2 * Math.LN2 + Math.log(2 * Math.PI * 0.49) + quadratic(0.5) + quadratic(-1)],
      );
      const heavy = studentT({ degreesOfFreedom: 2 }).posterior;
      expect(() => closedForm([])('w', heavy, normal().prior)).toThrow(
        "no closed form for posterior 'studentT' and prior 'normal'",
      );
    });
  });

  it('of a point mass is the prior term alone, whatever the prior', () => {
    tf.tidy(() => {
      const value = tf.tensor1d([0.3, -2]);
      const p = normal({ mean: 0.5, std: 2 }).prior;
      const logProb = values(p.logProb(value, undefined)).reduce((a, b) => a + b, 0);
      expectNumbers([klValue(pointMass(), p, { value })], [-logProb]);
      expectNumbers([klValue(pointMass(), flat(), { value })], [0]);
    });
  });

  it('sums over the elements, with a prior that differs from element to element', () => {
    tf.tidy(() => {
      const [mean, logStd] = [tf.tensor2d([0.1, 0.2, 0.3, 0.4], [2, 2]), tf.tensor2d([-1, -2, 0, 1], [2, 2])];
      const std = tf.tensor1d([0.5, 2]);
      const q = normal().posterior;
      const whole = klValue(q, normal({ mean: tf.scalar(0.2), std }).prior, { mean, logStd });
      const each = values(mean).map((m, index) =>
        klValue(q, normal({ mean: 0.2, std: [0.5, 2][index % 2] as number }).prior, {
          mean: tf.scalar(m),
          logStd: tf.scalar(values(logStd)[index] as number),
        }),
      );
      expectNumbers([whole], [each.reduce((a, b) => a + b, 0)]);
    });
  });

  it('is 0 if posterior and prior are equal', () => {
    tf.tidy(() => {
      const params = { mean: tf.tensor1d([0.7]), logStd: tf.tensor1d([Math.log(0.3)]) };
      expect(klValue(normal().posterior, normal({ mean: 0.7, std: 0.3 }).prior, params)).toBeCloseTo(0, 5);
    });
  });

  it('has the gradients of its value', () => {
    tf.tidy(() => {
      const [mean, logStd] = [tf.tensor1d([0.5, -0.3]), tf.tensor1d([-0.5, 0.2])];
      const fromNormal = closedForm([])('w', normal().posterior, normal({ mean: 0.1, std: 0.8 }).prior);
      expectGradient((m) => fromNormal({ mean: m, logStd }), mean);
      expectGradient((s) => fromNormal({ mean, logStd: s }), logStd);
      const own = normal({ mean: tf.tensor1d([0.1, 0]), std: tf.scalar(0.8) }).prior;
      for (const prior of [normal().prior, own]) {
        const from = closedForm([])('w', normal().posterior, prior);
        expectGradient((m) => from({ mean: m, logStd }), mean);
        expectGradient((s) => from({ mean, logStd: s }), logStd);
      }
      const fromLaplace = closedForm([])('w', normal().posterior, laplace({ mean: 0.1, scale: 0.8 }));
      expectGradient((m) => fromLaplace({ mean: m, logStd }), mean);
      expectGradient((s) => fromLaplace({ mean, logStd: s }), logStd);
      const fromQuiet = closedForm([])('w', normal().posterior, quiet({ stdRatio: 2 }));
      expectGradient((m) => fromQuiet({ mean: m, logStd }), mean, { step: 5e-3 });
      expectGradient((s) => fromQuiet({ mean, logStd: s }), logStd);
      const fromFlat = closedForm([])('w', normal().posterior, flat());
      expectGradient((s) => fromFlat({ mean, logStd: s }), logStd);
    });
  });

  it('prefers custom rows to the table, the first of them first', () => {
    tf.tidy(() => {
      const params = { mean: tf.zeros([1]), logStd: tf.zeros([1]) };
      const row = (value: number) => divergence('normal', 'normal', () => tf.scalar(value));
      const { posterior: q, prior: p } = normal();
      expect(values(closedForm([row(5), row(6)])('w', q, p)(params))).toEqual([5]);
      const any = divergence('normal', '*', (_, { name }) => tf.scalar(name.length));
      expect(values(closedForm([any])('w', q, flat())(params))).toEqual([4]);
    });
  });

  it('leaks no tensors', () => {
    const params = { mean: tf.zeros([2]), logStd: tf.zeros([2]) };
    for (const p of [normal().prior, flat(), laplace(), quiet()]) {
      expectNoLeak(() => closedForm([])('w', normal().posterior, p)(params));
    }
    expectNoLeak(() => closedForm([])('w', pointMass(), normal().prior)({ value: params.mean }));
    tf.dispose(params);
  });
});

describe('closedForm', () => {
  const mine: Posterior = posterior<unknown>({
    name: 'uniformBall',
    init: (mean) => ({ mean }),
    sample: () => expect.unreachable(),
    logProb: () => expect.unreachable(),
  });
  const impostor: Prior = prior({ name: 'normal', logProb: (w) => w, rescale: () => impostor });

  it('names the variable, both families and the remedy if the table has no row', () => {
    expect(() => closedForm([])('0.weight', mine, normal().prior)).toThrow(
      /no closed form for posterior 'uniformBall' and prior 'normal' of variable '0.weight': .*divergence.*withLogProbs/,
    );
  });

  it('rejects a prior named normal without moments', () => {
    expect(() => closedForm([])('w', normal().posterior, impostor)({})).toThrow(
      /prior named 'normal' must be one with moments/,
    );
  });
});
