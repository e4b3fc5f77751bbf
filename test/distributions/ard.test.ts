import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closedForm } from '../../src/distributions/divergence.ts';
import {
  ard,
  type NormalParams,
  normal,
  type Posterior,
  pointMass,
  studentT,
} from '../../src/distributions/index.ts';
import { linear } from '../../src/layers/index.ts';
import * as random from '../../src/random/index.ts';
import { bayesian, vmapSamples, withDivergence, withLogProbs } from '../../src/transforms/index.ts';
import * as tree from '../../src/tree/index.ts';
import { describeOnBackends, many } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, take, values } from '../support/numbers.ts';

const { posterior: q } = normal();
const kl = (q: Posterior, params: unknown, minStd = 0.001): tf.Tensor =>
  closedForm([])('w', q, ard({ minStd }))(params);

const table = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .chain(([inputs, outputs]) => {
    const numbers = (min: number, max: number) =>
      fc.array(fc.double({ min, max, noNaN: true }).map(Math.fround), {
        minLength: inputs * outputs,
        maxLength: inputs * outputs,
      });
    return fc.record({
      shape: fc.constant([inputs, outputs] as [number, number]),
      mean: numbers(-2, 2),
      logStd: numbers(-3, 1),
      weight: numbers(-2, 2),
    });
  });
type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

/** In doubles: the root of the mean second moment of the weights of each one's input. */
const stds = ({ shape: [, outputs], mean, logStd }: Table, minStd = 0): readonly number[] => {
  const moments = mean.map((m, i) => m ** 2 + Math.exp(2 * logStd[i]!));
  return mean.map((_, i) => {
    const first = i - (i % outputs);
    const row = moments.slice(first, first + outputs);
    return Math.max(minStd, Math.sqrt(row.reduce((a, b) => a + b) / outputs));
  });
};

const params = ({ shape, mean, logStd }: Table): NormalParams => ({
  mean: tf.tensor2d(mean, shape),
  logStd: tf.tensor2d(logStd, shape),
});

describeOnBackends('ard', () => {
  it('is a normal density whose standard deviation is that of the weights of an input', () => {
    fc.assert(
      fc.property(table, (each) => {
        tf.tidy(() => {
          const logProb = ard().logProb(tf.tensor2d(each.weight, each.shape), params(each));
          const expected = stds(each).map(
            (std, i) => -0.5 * (each.weight[i]! / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI),
          );
          expectNumbers(values(logProb), expected);
        });
      }),
    );
  });

  it('has the divergence of normals with these standard deviations, and no others have less', () => {
    fc.assert(
      fc.property(
        table,
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (each, shifts) => {
          tf.tidy(() => {
            const own = values(kl(q, params(each)))[0]!;
            const expected = stds(each).reduce((sum, std, i) => sum + Math.log(std) - each.logStd[i]!, 0);
            expectNumbers([own], [expected]);
            const outputs = each.shape[1];
            const other = stds(each).map((std, i) => std * Math.exp(shifts[Math.floor(i / outputs)]!));
            const { prior } = normal({ std: tf.tensor2d(other, each.shape) });
            expect(values(closedForm([])('w', q, prior)(params(each)))[0]).toBeGreaterThan(own - 1e-4);
          });
        },
      ),
    );
  });

  it('never falls below minStd, and has one standard deviation for a bias', () => {
    tf.tidy(() => {
      const small = { mean: tf.tensor2d([[0.001], [2]]), logStd: tf.tensor2d([[-9], [-1]]) };
      const prior = ard({ minStd: 0.5 });
      const second = Math.sqrt(4 + Math.exp(-2));
      const height = (std: number) => -Math.log(std) - 0.5 * Math.log(2 * Math.PI);
      expectNumbers(values(prior.logProb(tf.zeros([2, 1]), small)), [height(0.5), height(second)]);
      const bias = { mean: tf.tensor1d([1, 3]), logStd: tf.fill([2], -50) };
      expectNumbers(values(ard().logProb(tf.zeros([2]), bias)), [height(Math.sqrt(5)), height(Math.sqrt(5))]);
    });
  });

  it.each<[string, Posterior, (params: NormalParams) => unknown]>([
    ['normal', q, (params) => params],
    [
      'Student-t',
      studentT({ degreesOfFreedom: 10 }).posterior,
      ({ mean, logStd }) => ({ mean, logScale: logStd }),
    ],
  ])('has the closed-form divergence of a %s posterior: the mean of log q - log p', (_, posterior, own) => {
    const [mean, logStd] = [0.4, -0.6];
    const at = (rows: number) => own({ mean: tf.fill([1, rows], mean), logStd: tf.fill([1, rows], logStd) });
    const { closed, terms } = tf.tidy(() => {
      const draws = at(many(400_000));
      const weight = posterior.sample(draws, random.key(3));
      const { mean, variance } = posterior.moments!(draws);
      const std = tf.sqrt(tf.add(tf.square(mean), variance));
      const prior = tf.sub(tf.mul(-0.5, tf.square(tf.div(weight, std))), tf.log(std));
      const logQ = posterior.logProb(draws, weight);
      return {
        closed: kl(posterior, at(1)),
        terms: tf.sub(logQ, tf.sub(prior, 0.5 * Math.log(2 * Math.PI))),
      };
    });
    expectMean(take(terms), take(closed)[0]!);
  });

  it('has the gradient of central differences, at minStd too', () => {
    tf.tidy(() => {
      const mean = tf.tensor2d([
        [0.5, -1.2],
        [0.1, 0.05],
      ]);
      const logStd = tf.tensor2d([
        [-0.7, 0.2],
        [-3, -2.5],
      ]);
      expectGradients(([m, s]) => kl(q, { mean: m, logStd: s }, 0.5), [mean, logStd]);
      const fixed = { mean, logStd };
      expectGradients(
        ([w]) => ard().logProb(w!, fixed),
        [
          tf.tensor2d([
            [0.3, -1],
            [0.2, 0.1],
          ]),
        ],
        { step: 1e-3, tolerance: 1e-2 },
      );
    });
  });

  it('has on average the same gradient by samples as in closed form', () => {
    const model = bayesian({ prior: ard() })(linear(2, 2));
    const params = model.init(random.key(0));
    const x = tf.ones([1, 2]);
    const sampled = vmapSamples({ samples: 50 })(withLogProbs(model));
    const gradients = (f: (params: NormalParams) => tf.Tensor): readonly number[] =>
      tf.tidy(() => {
        const { mean, logStd } = params.weight;
        return tf
          .grads((mean, logStd) => f({ mean, logStd }))([mean, logStd])
          .flatMap(values);
      });
    const expected = gradients(
      (weight) => withDivergence(model)({ ...params, weight }, random.key(0), x).divergence,
    );
    const draws = Array.from({ length: 40 }, (_, key) =>
      gradients((weight) => {
        const { logProbs } = sampled({ ...params, weight }, random.key(key), x);
        return tf.mean(tf.sub(logProbs.posterior, logProbs.prior));
      }),
    );
    for (const [at, each] of expected.entries()) {
      expectMean(
        draws.map((draw) => draw[at]!),
        each,
      );
    }
    tf.dispose(x);
    tree.dispose(params);
  });

  it('leaks nothing', () => {
    const params = { mean: tf.zeros([2, 3]), logStd: tf.zeros([2, 3]) };
    expectNoLeak(() => [ard().logProb(params.mean, params), kl(q, params)]);
    tf.dispose(params);
  });
});

describe('ard', () => {
  it('refuses other options, and parameters without a spread', () => {
    expect(() => ard({ minStd: 0 })).toThrow('ard: minStd must be a finite number above 0, got 0');
    expect(() => ard().logProb(tf.zeros([1]), pointMass().init(tf.zeros([1]), 1, random.key(0)))).toThrow(
      'ard: parameters of the posterior must be those of normal()',
    );
    const model = bayesian({ prior: ard(), priorInitialization: true })(linear(2, 1));
    expect(() => model.init(random.key(0))).toThrow('a prior that has moments');
  });
});
