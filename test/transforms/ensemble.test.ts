import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  adam,
  batchNorm,
  bayesian,
  categorical,
  deterministic,
  dropout,
  elbo,
  ensemble,
  flipout,
  fullNormal,
  type GradientTransformation,
  gaussian,
  ivon,
  linear,
  localReparametrization,
  lowRankNormal,
  type Model,
  normal,
  pipe,
  posteriorMean,
  random,
  type Stochastic,
  sequential,
  stickTheLanding,
  studentT,
  trainStep,
  tree,
  valueAndGrad,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectClose, expectSame, read } from './support/compare.ts';
import { classifier, cook, drawInputs, labelled, recipe } from './support/nets.ts';

const members = 3;
const options = { likelihood: categorical(), datasetSize: 100 };

/** What an ensemble promises: one call for each member, by its parameters and key, stacked. */
const loop = <P, Y>(params: P, key: random.Key, f: (params: P, key: random.Key) => Y): Y =>
  tree.stack(tree.unstack(params).map((own, m) => f(own, random.foldIn(key, m))));

/** A network with noise and statistics of its own. */
const normalized = () =>
  bayesian()(sequential(linear(2, 4), batchNorm(4), tf.tanh, dropout(0.2), linear(4, 2)));

type Net = ReturnType<typeof normalized>;

describeOnBackends('ensemble', (backend) => {
  const expectEqual = backend === 'cpu' ? expectSame : expectClose;
  const often = { numRuns: runs(10), seed: 3 };

  it('initializes and runs like each member by its own key, for any network', () => {
    fc.assert(
      fc.property(recipe, (each) => {
        tf.tidy(() => {
          const { model, key, x } = cook(each);
          const many = ensemble({ members })(model);
          const params = many.init(key);
          expectSame(params, tree.stack([0, 1, 2].map((m) => model.init(random.foldIn(key, m)))));
          expectEqual(
            many.apply(params, key, x),
            loop(params, key, (own, k) => model.apply(own, k, x)),
          );
          for (const f of [
            (of: typeof model) => withLogProbs(of),
            (of: typeof model) => withDivergence(of),
          ]) {
            const together: Stochastic<typeof params, [tf.Tensor], unknown> = f(many);
            const alone: Stochastic<typeof params, [tf.Tensor], unknown> = f(model);
            expectClose(
              together(params, key, x),
              loop(params, key, (own, k) => alone(own, k, x)),
            );
          }
          const sampled = vmapSamples({ samples: 2 });
          expectClose(
            sampled(many)(params, key, x),
            loop(params, key, (own, k) => sampled(model)(own, k, x)),
          );
        });
      }),
      often,
    );
  });

  const losses: Readonly<Record<string, (model: Net) => ReturnType<ReturnType<typeof elbo>>>> = {
    'weight sampling': (model) => pipe(model, withLogProbs, elbo(options)) as never,
    'several samples': (model) =>
      pipe(model, withLogProbs, vmapSamples({ samples: 3 }), elbo({ ...options, temperature: 0.5 })) as never,
    'samples in groups': (model) =>
      pipe(model, withLogProbs, vmapSamples({ samples: 3, chunk: 2 }), elbo(options)) as never,
    'the predictive distribution': (model) =>
      pipe(
        model,
        withLogProbs,
        vmapSamples({ samples: 3 }),
        elbo({ ...options, dataFitting: 'predictive' }),
      ) as never,
    localReparametrization: (model) =>
      pipe(model, localReparametrization, withDivergence({ perVariable: true }), elbo(options)) as never,
    flipout: (model) => pipe(model, flipout, withDivergence, elbo(options)) as never,
    stickTheLanding: (model) => pipe(model, stickTheLanding, withLogProbs, elbo(options)) as never,
    posteriorMean: (model) => pipe(model, posteriorMean, withDivergence, elbo(options)) as never,
  };
  for (const [name, loss] of Object.entries(losses)) {
    it(`has the sum of the losses, and the gradients of each member, with ${name}`, () => {
      tf.tidy(() => {
        const model = normalized();
        const many = ensemble({ members })(model);
        const [params, key, batch] = [many.init(random.key(0)), random.key(1), labelled()];
        const [{ statistics, ...parts }, gradient] = valueAndGrad(loss(many) as never)(
          params as never,
          key as never,
          batch as never,
        ) as unknown as readonly [Record<string, tf.Tensor>, typeof params];
        const alone = tree
          .unstack(params)
          .map((own, m) =>
            valueAndGrad(loss(model) as never)(own as never, random.foldIn(key, m) as never, batch as never),
          ) as unknown as readonly (readonly [Record<string, tf.Tensor>, typeof params])[];
        expectClose(gradient, tree.stack(alone.map(([, own]) => own)), 1e-4);
        expectClose(statistics, tree.stack(alone.map(([own]) => own.statistics)));
        const single = alone.map(([{ statistics: _, ...own }]) => own);
        const sums = tree.map((x) => tf.sum(x))(tree.stack(single));
        const each = Object.fromEntries(single.map(({ loss: own }, m) => [`loss/${m}`, own!]));
        expectClose(parts, { ...sums, ...each });
      });
    });
  }

  it('is the same whether an estimator comes before or after it', () => {
    tf.tidy(() => {
      const model = normalized();
      const [batch, key] = [labelled(), random.key(2)];
      const many = ensemble({ members });
      for (const estimator of [localReparametrization, flipout, posteriorMean, stickTheLanding]) {
        const [before, after] = [many(estimator(model)), estimator(many(model))] as [Net, Net];
        expect(after.estimator.name).toBe(before.estimator.name);
        const params = before.init(key);
        const outputs = [before, after].map((each) => each.apply(params, key, batch.inputs));
        expectSame(outputs[1], outputs[0]);
      }
    });
  });

  /** Trains an ensemble, and its members one by one: their parameters after some steps. */
  const trained = <P, S>(
    model: Model<P, (x: tf.Tensor) => tf.Tensor>,
    optimizer: GradientTransformation<S>,
    steps: number,
  ) => {
    const many = ensemble({ members })(model);
    const loss = (of: typeof model) => pipe(of, withLogProbs, vmapSamples({ samples: 2 }), elbo(options));
    const [batch, start, key] = [labelled(), many.init(random.key(3)), random.key(4)];
    const together = trainStep(loss(many), optimizer);
    const counted = Array.from({ length: steps }, (_, step) => step);
    const { params } = counted.reduce(
      (state) => together.update(state, batch).state,
      together.init(start, key),
    );
    // The noise of step n of member m is foldIn(foldIn(key, n), m), which trainStep has by the key of the state alone.
    const ends = tree.unstack(start).map((own, m) => {
      const single = loss(model);
      const noisy = (each: P, noise: random.Key, rows: typeof batch) =>
        single(each, random.foldIn(noise, m), rows);
      const alone = trainStep(Object.assign(noisy, { temperature: 1 }), optimizer);
      return counted.reduce((state) => alone.update(state, batch).state, alone.init(own, key)).params;
    });
    return { start, together: params, alone: tree.stack(ends) };
  };

  it('trains each member as if it were alone, with adam', () => {
    tf.tidy(() => {
      const { start, together, alone } = trained(normalized(), adam({ learningRate: 0.05 }), 2);
      expectClose(together, alone, 1e-4);
      expect(read(together)).not.toEqual(read(start));
    });
  });

  it('trains each member as if it were alone, with ivon', () => {
    tf.tidy(() => {
      const optimizer = ivon({ learningRate: 0.05, beta2: 0.99 });
      const { start, together, alone } = trained(classifier(), optimizer, 2);
      expectClose(together, alone, 1e-4);
      expect(read(together)).not.toEqual(read(start));
    });
  });

  it('gives members their own batches, by the axis of members', () => {
    tf.tidy(() => {
      const model = classifier();
      const many = ensemble({ members })(model);
      const [params, key] = [many.init(random.key(0)), random.key(1)];
      const own = [0, 1, 2].map((m) => ({
        inputs: drawInputs(m, [4, 2]),
        targets: tf.tensor1d([0, 1, m % 2, 1], 'int32') as tf.Tensor,
        weights: tf.tensor1d([1, m, 1, 0]),
      }));
      const stacked = { ...tree.stack(own), memberAxis: true };
      const [together, alone] = [elbo(options)(withLogProbs(many)), elbo(options)(withLogProbs(model))];
      const [parts, gradient] = valueAndGrad(together)(params, key, stacked);
      const each = tree
        .unstack(params)
        .map((mine, m) => valueAndGrad(alone)(mine, random.foldIn(key, m), own[m]!));
      expectClose(gradient, tree.stack(each.map(([, mine]) => mine)), 1e-4);
      expectClose(
        tree.stack([parts['loss/0']!, parts['loss/1']!, parts['loss/2']!]),
        tree.stack(each.map(([{ loss }]) => loss)),
      );
      expect(() => alone(tree.unstack(params)[0]!, key, stacked)).toThrow(
        'elbo: batch.memberAxis must be left out, as the model is not an ensemble, got true',
      );
      expect(() => together(params, key, { ...own[0]!, memberAxis: true })).toThrow(
        "elbo: batch: 'inputs' must be a tensor of shape [3, ...], with an axis of the 3 members, got a float32 tensor of shape [4, 2]",
      );
      expect(() => together(params, key, { ...own[0]!, memberAxis: 1 } as never)).toThrow(
        'elbo: batch.memberAxis must be true or false, got 1',
      );
    });
  });

  it('takes every family of posteriors, and a plain network', () => {
    const posteriors = [normal(), studentT(), fullNormal(), lowRankNormal({ rank: 1 })];
    const regression = { likelihood: gaussian({ std: 0.1 }), datasetSize: 10 };
    tf.tidy(() => {
      const batch = { inputs: drawInputs(1, [4, 2]), targets: drawInputs(2, [4, 1]) };
      const nets = [
        ...posteriors.map((posterior) => bayesian({ posterior } as never)(linear(2, 1))),
        bayesian()(deterministic(linear(2, 1))),
      ] as unknown as Model<object, (x: tf.Tensor) => tf.Tensor>[];
      for (const model of nets) {
        const many = ensemble({ members: 2 })(model);
        const params = many.init(random.key(0));
        const [{ loss }, gradient] = valueAndGrad(pipe(many, withLogProbs, elbo(regression)))(
          params,
          random.key(1),
          batch,
        );
        const alone = tree
          .unstack(params)
          .map((own, m) =>
            valueAndGrad(pipe(model, withLogProbs, elbo(regression)))(
              own,
              random.foldIn(random.key(1), m),
              batch,
            ),
          );
        expectClose(gradient, tree.stack(alone.map(([, own]) => own)), 1e-4);
        expectClose(loss, tf.addN(alone.map(([each]) => each.loss)));
      }
    });
  });

  it('leaks nothing', () => {
    const many = ensemble({ members })(normalized());
    expectNoLeak(() => many.init(random.key(0)));
    const params = many.init(random.key(0));
    const batch = labelled();
    expectNoLeak(() => many.apply(params, random.key(1), batch.inputs));
    const loss = pipe(many, withLogProbs, vmapSamples({ samples: 2 }), elbo(options));
    expectNoLeak(() => loss(params, random.key(1), batch));
    expectNoLeak(() => valueAndGrad(loss)(params, random.key(1), batch));
    const wide = { ...batch, inputs: tf.zeros([5, 3]) };
    expectNoLeak(() => {
      expect(() => loss(params, random.key(1), wide)).toThrow('linear');
    });
  });
});
