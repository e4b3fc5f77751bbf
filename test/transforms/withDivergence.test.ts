import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { closedForm } from '../../src/distributions/divergence.ts';
import {
  adam,
  batches,
  bayesian,
  categorical,
  divergence,
  elbo,
  fit,
  flat,
  linear,
  localReparametrization,
  type NormalParams,
  normal,
  pipe,
  pointMass,
  posterior,
  posteriorMean,
  prior,
  random,
  sequential,
  trainStep,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectMean, expectNumbers, values } from '../support/numbers.ts';
import { expectSame } from './support/compare.ts';
import { drawInputs } from './support/nets.ts';

const x = () => drawInputs(0, [2, 3]);

describeOnBackends('withDivergence', () => {
  it.each([
    ['normal and normal', bayesian({ prior: normal({ mean: 0.2, std: 0.7 }) })],
    ['normal and flat', bayesian({ prior: flat() })],
    ['normal and rescaled normal', bayesian({ rescalePrior: true })],
  ] as const)('is the mean of the sampled log probabilities for %s', (_, make) => {
    const model = make(sequential(linear(3, 4), tf.relu, linear(4, 2)));
    const params = model.init(random.key(1));
    const { output, divergence: exact } = withDivergence(model)(params, random.key(2), x());
    const { logProbs } = vmapSamples({ samples: 2000 })(withLogProbs(model))(params, random.key(2), x());
    expectMean(values(tf.sub(logProbs.posterior, logProbs.prior)), values(exact)[0]!);
    expect(exact.shape).toEqual([]);
    expectSame(output, model.apply(params, random.key(2), x()));
  });

  it('is minus the log prior for a point mass, as in MAP estimation', () => {
    const model = bayesian({ posterior: pointMass(), prior: normal({ std: 2 }) })(linear(3, 2));
    const params = model.init(random.key(1));
    const exact = withDivergence(model)(params, random.key(2), x()).divergence;
    const { logProbs } = withLogProbs(model)(params, random.key(2), x());
    expectNumbers(values(exact), values(tf.neg(logProbs.prior)));
  });

  it('sums over all variables, and is the same for every key and estimator', () => {
    const model = bayesian()(sequential({ a: linear(3, 2), b: linear(2, 2, { bias: false }) }));
    const params = model.init(random.key(1));
    const of = (f: typeof model, seed: number) =>
      values(withDivergence(f)(params, random.key(seed), x()).divergence);
    const kl = ({ mean, logStd }: NormalParams): number => {
      const stds = values(logStd).map(Math.exp);
      return values(mean).reduce(
        (sum, m, at) => sum + 0.5 * (stds[at]! ** 2 + m * m - 1) - Math.log(stds[at]!),
        0,
      );
    };
    expectNumbers(of(model, 2), [kl(params.a.weight) + kl(params.a.bias) + kl(params.b.weight)]);
    expect(of(model, 3)).toEqual(of(model, 2));
    expect(of(localReparametrization(model), 2)).toEqual(of(model, 2));
    expect(of(posteriorMean(model), 2)).toEqual(of(model, 2));
  });

  it('tells the divergence of each variable, if asked, in the loss and its history too', async () => {
    const model = bayesian()(sequential({ a: linear(3, 2), b: linear(2, 2, { bias: false }) }));
    const params = model.init(random.key(1));
    const each = withDivergence({ perVariable: true })(model);
    const { divergences, divergence: all } = each(params, random.key(2), x());
    expect(Object.keys(divergences!)).toEqual(['a.weight', 'a.bias', 'b.weight']);
    for (const [name, { weight, bias }] of Object.entries(
      params as Record<string, Record<string, NormalParams>>,
    )) {
      const alone = { [`${name}.weight`]: weight, [`${name}.bias`]: bias };
      for (const [path, variable] of Object.entries(alone).filter(([, own]) => own !== undefined)) {
        const closed = closedForm([])(path, normal().posterior, normal().prior)(variable);
        expectNumbers(values(divergences![path]!), values(closed));
      }
    }
    expectNumbers([Object.values(divergences!).reduce((sum, own) => sum + values(own)[0]!, 0)], values(all));

    const sampled = pipe(each, vmapSamples({ samples: 3 }));
    expect(sampled(params, random.key(2), x()).divergences!['a.bias']!.shape).toEqual([3]);
    const loss = elbo({ likelihood: categorical(), datasetSize: 2, temperature: 0.5 })(sampled);
    const batch = { inputs: x(), targets: tf.tensor1d([0, 1], 'int32') };
    const parts = loss(params, random.key(2), batch);
    expectNumbers(values(parts['divergence/b.weight']!), [0.5 * values(divergences!['b.weight']!)[0]!]);
    const { history } = await fit(trainStep(loss, adam({ learningRate: 0.01 })), {
      init: model.init,
      key: random.key(0),
      epochs: 2,
      batches: batches(batch, { size: 2 }),
      progress: false,
    });
    expect(Object.keys(history[1]!)).toEqual([
      ...['loss', 'dataFitting', 'divergence'],
      ...['divergence/a.weight', 'divergence/a.bias', 'divergence/b.weight'],
    ]);
    expect('divergences' in withDivergence(model)(params, random.key(2), x())).toBe(false);
    expectNoLeak(() => each(params, random.key(2), batch.inputs));
  });

  it('tries custom rows before its own', () => {
    const mine = posterior({
      name: 'mine',
      init: (mean: tf.Tensor) => ({ mean }),
      sample: ({ mean }) => tf.clone(mean),
      logProb: (_, weight) => tf.zerosLike(weight),
    });
    const rows = [
      divergence('mine', 'flat', ({ mean }: { readonly mean: tf.Tensor }) => tf.scalar(mean.size)),
      divergence('normal', 'normal', () => tf.scalar(100)),
    ];
    const model = bayesian({ posterior: mine, prior: flat() })(
      sequential({ a: linear(3, 2), b: linear(2, 1, { posterior: normal(), prior: normal(), bias: false }) }),
    );
    const f = withDivergence({ divergences: rows })(model);
    const params = model.init(random.key(0));
    expectNumbers(values(f(params, random.key(1), x()).divergence), [108]);
  });

  it('refuses a pair without a closed form before it runs, naming the variable', () => {
    const odd = (): ReturnType<typeof prior> =>
      prior({ name: 'odd', logProb: (w) => tf.zerosLike(w), rescale: () => odd() });
    const model = bayesian()(sequential({ a: linear(3, 2), b: linear(2, 1, { prior: odd() }) }));
    expect(() => withDivergence(model)).toThrow(
      "withDivergence: no closed form for posterior 'normal' and prior 'odd' of variable 'b.weight'",
    );
  });

  it('refuses what is not a model', () => {
    for (const value of [linear(2, 1), undefined, null, () => 1])
      expect(() => withDivergence(value as never)).toThrow(
        /withDivergence: model must be what bayesian\(\) returns, got/,
      );
  });

  it('returns its result and leaks nothing', () => {
    const model = bayesian({ prior: normal({ std: tf.scalar(2) }) })(linear(3, 2));
    const [params, inputs] = [model.init(random.key(0)), x()];
    expectNoLeak(() => withDivergence(model)(params, random.key(1), inputs));
  });
});
