import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  flat,
  linear,
  localReparametrization,
  type NormalParams,
  normal,
  pointMass,
  posterior,
  posteriorMean,
  random,
  sequential,
  vmapSamples,
  withLogProbs,
} from '../../src/index.ts';
import { keyAt } from '../../src/transforms/forward.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/** The log density of a normal, summed over numbers. */
const density = (xs: readonly number[], means: readonly number[], stds: readonly number[]): number =>
  xs.reduce(
    (sum, x, at) => sum - 0.5 * ((x - means[at]!) / stds[at]!) ** 2 - Math.log(stds[at]!) - halfLogTwoPi,
    0,
  );

describeOnBackends('withLogProbs', () => {
  it('gives the log densities of the weights that made the output', () => {
    const drawn = fc.record({
      ins: fc.integer({ min: 1, max: 5 }),
      outs: fc.integer({ min: 1, max: 4 }),
      seed: fc.integer({ min: 0, max: 100_000 }),
      mean: fc.double({ min: -1, max: 1, noNaN: true }),
      std: fc.double({ min: 0.3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(drawn, ({ ins, outs, seed, mean, std }) => {
        tf.tidy(() => {
          const model = bayesian({ prior: normal({ mean, std }) })(
            sequential({ first: linear(ins, 3), last: linear(3, outs, { bias: false }) }),
          );
          const [params, key] = [model.init(random.key(seed)), random.key(seed + 1)];
          const x = drawInputs(seed, [2, ins]);
          const sites: readonly (readonly [readonly string[], NormalParams])[] = [
            [['first', 'weight'], params.first.weight],
            [['first', 'bias'], params.first.bias],
            [['last', 'weight'], params.last.weight],
          ];
          const weights = sites.map(([path, own]) => normal().posterior.sample(own, keyAt(path)(key)));
          const { output, logProbs } = withLogProbs(model)(params, key, x);
          const [w, b, v] = weights as [tf.Tensor2D, tf.Tensor, tf.Tensor2D];
          expectSame(output, tf.matMul(tf.add(tf.matMul(x as tf.Tensor2D, w), b) as tf.Tensor2D, v));
          expectSame(output, model.apply(params, key, x));
          const all = weights.flatMap(values);
          const means = sites.flatMap(([, own]) => values(own.mean));
          const stds = sites.flatMap(([, own]) => values(own.logStd).map(Math.exp));
          expectNumbers(values(logProbs.posterior), [density(all, means, stds)], 1e-5);
          expectNumbers(
            values(logProbs.prior),
            [
              density(
                all,
                all.map(() => mean),
                all.map(() => std),
              ),
            ],
            1e-5,
          );
          expect([logProbs.prior.shape, logProbs.posterior.shape]).toEqual([[], []]);
        });
      }),
      { numRuns: runs(25), seed: 4 },
    );
  });

  it('counts ordinary weights and flat priors as 0, and a layer without variables too', () => {
    const x = drawInputs(0, [2, 3]);
    const ordinary = bayesian({ posterior: pointMass(), prior: flat() })(linear(3, 2));
    const { logProbs } = withLogProbs(ordinary)(ordinary.init(random.key(0)), random.key(1), x);
    expect([...values(logProbs.prior), ...values(logProbs.posterior)]).toEqual([0, 0]);
    const empty = bayesian()(sequential((y: tf.Tensor) => tf.relu(y)));
    const none = withLogProbs(empty)(empty.init(random.key(0)), random.key(1), x);
    expect([...values(none.logProbs.prior), ...values(none.logProbs.posterior)]).toEqual([0, 0]);
  });

  it('computes no log density that is 0 by definition', async () => {
    const x = drawInputs(0, [2, 3]);
    const bent = (own: { readonly prior?: typeof flat; readonly posterior?: typeof pointMass }) => {
      const { prior = flat, posterior: family = pointMass } = own;
      const model = bayesian({ posterior: family(), prior: prior() })(linear(3, 2, { bias: false }));
      return { model, params: model.init(random.key(0)) };
    };
    const usedKernels = async (run: () => unknown) => {
      const { kernels, result } = await tf.profile(run as () => tf.TensorContainer);
      tf.dispose(result as tf.TensorContainer);
      return kernels.map(({ name }) => name);
    };
    const { model, params } = bent({});
    const scored = await usedKernels(() => withLogProbs(model)(params, random.key(1), x));
    expect(scored).toEqual(await usedKernels(() => model.apply(params, random.key(1), x)));
    const one = () => tf.scalar(1);
    for (const [role, other] of [
      ['prior', bent({ prior: () => ({ ...flat(), logProb: one }) })],
      ['posterior', bent({ posterior: () => ({ ...pointMass(), logProb: one }) })],
    ] as const) {
      const { logProbs } = withLogProbs(other.model)(other.params, random.key(1), x);
      expect(values(logProbs[role])).toEqual([1]);
    }
  });

  it('gives each sample its zeros', () => {
    const model = bayesian({ posterior: pointMass(), prior: flat() })(linear(3, 2));
    const sampled = vmapSamples({ samples: 3 })(withLogProbs(model));
    const { logProbs } = sampled(model.init(random.key(0)), random.key(1), drawInputs(0, [2, 3]));
    expect([values(logProbs.prior), values(logProbs.posterior)]).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('returns its result and leaks nothing, also when the network throws', () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const [x, wide] = [drawInputs(0, [2, 3]), drawInputs(0, [2, 4])];
    expectNoLeak(() => withLogProbs(model)(params, random.key(1), x));
    expectNoLeak(() => {
      expect(() => withLogProbs(model)(params, random.key(1), wide)).toThrow(/linear: input/);
    });
  });

  it('rejects estimators that sample no weights, naming the variable', () => {
    const model = bayesian()(sequential({ hidden: linear(3, 2), last: linear(2, 1) }));
    const params = model.init(random.key(0));
    const x = drawInputs(0, [2, 3]);
    for (const [estimator, name] of [
      [posteriorMean, 'posteriorMean'],
      [localReparametrization, 'localReparametrization'],
    ] as const) {
      const f = withLogProbs(estimator(model));
      expectNoLeak(() => {
        expect(() => f(params, random.key(0), x)).toThrow(
          `withLogProbs: variable 'hidden.weight' was never sampled, since ${name} does not use its weights`,
        );
      });
    }
  });

  it('works under localReparametrization if no layer is affine, so every weight is sampled', () => {
    const uniform = posterior({
      name: 'uniform',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }, key) => tf.add(mean, random.uniform(key, mean.shape, { min: -1, max: 1 })),
      logProb: ({ mean }) => tf.fill(mean.shape, -Math.LN2),
    });
    const { featureRank: _, ...net } = linear(3, 2);
    const model = bayesian({ posterior: uniform })(net);
    const params = model.init(random.key(0));
    const x = drawInputs(0, [2, 3]);
    const local = withLogProbs(localReparametrization(model))(params, random.key(1), x);
    expectSame(local, withLogProbs(model)(params, random.key(1), x));
    expectNumbers(values(local.logProbs.posterior), [-8 * Math.LN2]);
  });

  it('refuses a layer that was not passed through bayesian', () => {
    for (const value of [linear(2, 1), undefined, () => 1])
      expect(() => withLogProbs(value as never)).toThrow(
        /withLogProbs: model must be what bayesian\(\) returns, got/,
      );
    expect(() => withLogProbs(linear(2, 1) as never)).toThrow(/got a Layer/);
  });
});
