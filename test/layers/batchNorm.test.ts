import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { pipe } from 'fp-ts/lib/function.js';
import {
  adam,
  batches,
  batchNorm,
  bayesian,
  checkpoint,
  deterministic,
  elbo,
  fit,
  flipout,
  gaussian,
  type Layer,
  layer,
  linear,
  localReparametrization,
  normal,
  override,
  posteriorMean,
  predict,
  random,
  sequential,
  statistic,
  trainStep,
  tree,
  type Unary,
  valueAndGrad,
  vmap,
  vmapSamples,
  withDivergence,
  withLogProbs,
} from 'tfjs-bayesian';
import { describe, expect, it } from 'vitest';
import { readBits } from '../checkpoint/support/bits.ts';
import { right } from '../checkpoint/support/files.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectGradients } from '../support/centralDifferences.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { average, expectNumbers, sampleVariance, values } from '../support/numbers.ts';
import { size, uniform } from './support/sized.ts';

const key = random.key(0);

const value = (of: tf.Tensor) => ({ value: of });

/** The values of each feature of `[..., features]`. */
const columns = (x: tf.Tensor): readonly (readonly number[])[] => {
  const features = x.shape.at(-1)!;
  const all = values(x);
  return Array.from({ length: features }, (_, c) => all.filter((__, i) => i % features === c));
};

/** A network in training: its output and what it recorded. */
const train = (net: Layer<unknown, Unary>, params: unknown, x: tf.Tensor) => {
  const { output, statistics } = withDivergence(bayesian()(net))(params as never, key, x);
  return { output, statistics: statistics as Readonly<Record<string, tf.Tensor>> };
};

const features = 3;

/** Parameters of `batchNorm(features)` that differ from the initial ones. */
const someParams = (count = features) => ({
  weight: value(uniform([count], 1)),
  bias: value(uniform([count], 2)),
  runningMean: uniform([count], 3),
  runningVar: tf.add(uniform([count], 4), 2),
});

/** A Bayesian network with a norm, and its loss with some samples. */
const regression = (options: { readonly samples?: number; readonly chunk?: number } = {}) => {
  const net = sequential(
    linear(2, features),
    batchNorm(features, { momentum: 0.3 }),
    tf.tanh,
    linear(features, 1),
  );
  const model = bayesian()(net);
  const params = model.init(key);
  const batch = { inputs: uniform([5, 2], 5), targets: uniform([5, 1], 6) };
  const loss = pipe(
    model,
    withLogProbs,
    vmapSamples({ samples: 3, ...options }),
    elbo({ likelihood: gaussian({ std: 0.5 }), datasetSize: 20 }),
  );
  return { model, params, batch, loss };
};

describeOnBackends('batchNorm', () => {
  it('normalizes by the moments of the batch in training, and records them', () => {
    fc.assert(
      fc.property(
        fc.array(size(3), { maxLength: 2 }),
        fc.integer({ min: 2, max: 4 }),
        fc.nat(1000),
        (space, batch, seed) => {
          tf.tidy(() => {
            const x = tf.add(uniform([batch, ...space, features], seed), 3);
            const params = someParams();
            const { output, statistics } = train(
              batchNorm(features, { eps: 0.1, momentum: 0.25 }),
              params,
              x,
            );
            const [weight, bias] = [values(params.weight.value), values(params.bias.value)];
            const of = columns(x).map((own) => {
              const biased = (sampleVariance(own) * (own.length - 1)) / own.length;
              return { mean: average(own), std: Math.sqrt(biased + 0.1) };
            });
            const expected = values(x).map((each, i) => {
              const { mean, std } = of[i % features]!;
              return ((each - mean) / std) * weight[i % features]! + bias[i % features]!;
            });
            expect(output.shape).toEqual(x.shape);
            expectNumbers(values(output), expected, 1e-4);
            const next = (old: tf.Tensor, moment: (own: readonly number[]) => number) =>
              values(old).map((each, c) => 0.75 * each + 0.25 * moment(columns(x)[c]!));
            expectNumbers(values(statistics.runningMean!), next(params.runningMean, average));
            expectNumbers(values(statistics.runningVar!), next(params.runningVar, sampleVariance));
          });
        },
      ),
      { numRuns: runs(15) },
    );
  });

  it('normalizes by the running moments everywhere else', () => {
    tf.tidy(() => {
      const x = uniform([4, 2, features], 7);
      const params = someParams();
      const model = bayesian()(batchNorm(features));
      const [weight, bias, mean, variance] = [
        params.weight.value,
        params.bias.value,
        params.runningMean,
        params.runningVar,
      ].map(values) as [number[], number[], number[], number[]];
      const expected = values(x).map((each, i) => {
        const c = i % features;
        return ((each - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * weight[c]! + bias[c]!;
      });
      expectNumbers(values(model.apply(params, key, x)), expected);
      expectNumbers(values(posteriorMean(model).apply(params, key, x)), expected);
      const one = tf.slice(x, [0, 0, 0], [1, 1, features]);
      const alone = predict(model, { likelihood: gaussian({ std: 1 }), samples: 2 })(params, key, one);
      expectNumbers(values(alone.mean), expected.slice(0, features));
    });
  });

  it('starts as the identity of standardized data, with the parameters that its options select', () => {
    tf.tidy(() => {
      const params = bayesian()(batchNorm(2)).init(key);
      expect(tree.map(values)(params)).toEqual({
        weight: { value: [1, 1] },
        bias: { value: [0, 0] },
        runningMean: [0, 0],
        runningVar: [1, 1],
      });
      const plain = bayesian()(batchNorm(2, { affine: false }));
      expect(Object.keys(plain.init(key))).toEqual(['runningMean', 'runningVar']);
      const x = uniform([3, 2], 8);
      expectNumbers(
        values(withDivergence(plain)(plain.init(key), key, x).output),
        values(withDivergence(bayesian()(batchNorm(2)))(params, key, x).output),
      );
      const sampled = bayesian()(batchNorm(2, { weight: { posterior: normal(), prior: normal() } }));
      expect(Object.keys(sampled.init(key).weight)).toEqual(['mean', 'logStd']);
    });
  });

  it('has the gradients of its input and weights in training, and of the running moments none', () => {
    tf.tidy(() => {
      const params = someParams();
      const other = uniform([4, features], 9);
      const loss = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => {
        const changed = { ...params, weight: value(weight), bias: value(bias) };
        const { output } = train(batchNorm(features, { eps: 0.1 }), changed, x);
        return tf.sum(tf.mul(other, tf.square(tf.add(output, 0.3))));
      };
      expectGradients(
        ([x, weight, bias]) => loss(x!, weight!, bias!),
        [uniform([4, features], 10), params.weight.value, params.bias.value],
        { step: 1e-2, tolerance: 1e-2 },
      );
      const { params: initial, batch, loss: ofNet } = regression();
      const [, gradient] = valueAndGrad(ofNet)(initial, key, batch);
      expect(values(gradient[1].runningMean)).toEqual([0, 0, 0]);
      expect(values(gradient[1].runningVar)).toEqual([0, 0, 0]);
      expect(values(gradient[1].weight.value).every((slope) => slope !== 0)).toBe(true);
    });
  });

  it.each([3, 2, 1])(
    'normalizes each weight sample by its own batch, and averages (chunks of %d)',
    (chunk) => {
      tf.tidy(() => {
        const { model, params, batch, loss } = regression({ chunk });
        const f = withLogProbs(model);
        const each = [0, 1, 2].map((s) => f(params, random.foldIn(key, s), batch.inputs));
        const all = vmapSamples({ samples: 3, chunk })(f)(params, key, batch.inputs);
        expectNumbers(
          values(all.output),
          each.flatMap(({ output }) => values(output)),
          1e-4,
        );
        const recorded = each.map(({ statistics }) => tree.leaves(statistics).map(values));
        const [{ statistics, loss: one }, gradient] = valueAndGrad(loss)(params, key, batch);
        tree.leaves(statistics).forEach((tensor, at) => {
          const mean = recorded[0]![at]!.map((_, c) => average(recorded.map((own) => own[at]![c]!)));
          expectNumbers(values(tensor), mean);
        });
        const whole = valueAndGrad(regression().loss)(params, key, batch);
        expectNumbers(values(one), values(whole[0].loss));
        tree.leaves(gradient).forEach((slope, at) => {
          expectNumbers(values(slope), values(tree.leaves(whole[1])[at]!), 1e-4);
        });
      });
    },
  );

  it('is trained by trainStep as by a loop written by hand', () => {
    tf.tidy(() => {
      const { params, batch, loss } = regression();
      const optimizer = adam({ learningRate: 0.1 });
      const step = trainStep(loss, optimizer);
      let state = step.init(params, key);
      let [byHand, moments] = [params, optimizer.init(params)];
      for (const n of [0, 1, 2]) {
        const [{ statistics }, gradient] = valueAndGrad(loss)(byHand, random.foldIn(key, n), batch);
        const change = optimizer.update(gradient, moments, byHand);
        const moved = tree.zipWith((x, dx) => tf.add(x, dx))(byHand, change.updates) as typeof params;
        byHand = tree.map((x, path) => (tree.at(path)(statistics) as tf.Tensor | undefined) ?? x)(
          moved,
        ) as typeof params;
        moments = change.state;
        const [next, again] = [step.update(state, batch), step.update(state, batch)];
        expect(tree.leaves(next.state).map(values)).toEqual(tree.leaves(again.state).map(values));
        expect(Object.keys(next.parts)).toEqual(['loss', 'dataFitting', 'divergence']);
        state = next.state;
      }
      expect(tree.leaves(state.params).map(values)).toEqual(tree.leaves(byHand).map(values));
      expect(values(params[1].runningMean)).toEqual([0, 0, 0]);
      expect(values(state.params[1].runningMean)).not.toEqual([0, 0, 0]);
    });
  });

  it('has the moments of the data after fit, as far as momentum goes', async () => {
    const net = sequential(batchNorm(2), linear(2, 1));
    const model = bayesian()(net);
    const inputs = tf.tidy(() => tf.add(uniform([6, 2], 12), [3, -5]));
    const targets = tf.zeros([6, 1]);
    const likelihood = gaussian({ std: 0.5 });
    const loss = pipe(
      model,
      withDivergence,
      vmapSamples({ samples: 2 }),
      elbo({ likelihood, datasetSize: 6 }),
    );
    const fitted = await fit(trainStep(loss, adam({ learningRate: 0.01 })), {
      init: model.init,
      key,
      epochs: 4,
      progress: false,
      batches: batches({ inputs, targets }, { size: 6 }),
    });
    const left = 0.9 ** 4;
    const moments = columns(inputs).map((own) => [average(own), sampleVariance(own)] as const);
    const { runningMean, runningVar } = fitted.params[0];
    expectNumbers(
      values(runningMean),
      moments.map(([mean]) => (1 - left) * mean),
    );
    expectNumbers(
      values(runningVar),
      moments.map(([, variance]) => left + (1 - left) * variance),
    );
    tree.dispose([fitted, inputs, targets]);
  });

  it('leaks nothing, in training or predictions', () => {
    const { model, params, batch, loss } = regression();
    const step = trainStep(loss, adam({ learningRate: 0.1 }));
    const first = step.init(params, key);
    expectNoLeak(() => step.update(first, batch));
    expectNoLeak(() => valueAndGrad(loss)(params, key, batch));
    expectNoLeak(() => model.apply(params, key, batch.inputs));
    tree.dispose([first, params, batch]);
  });

  it('trains stacked states inside vmap', () => {
    tf.tidy(() => {
      const { model, batch, loss } = regression();
      const step = trainStep(loss, adam({ learningRate: 0.1 }));
      const states = [1, 2].map((seed) => step.init(model.init(random.key(seed)), random.key(seed)));
      const stacked = tree.map((x, path) => tf.stack([x, tree.at(path)(states[1]) as tf.Tensor]))(states[0]!);
      const update = vmap((params: object, optimizer: object, own: random.Key) =>
        step.update(
          { ...states[0]!, params: params as never, optimizer: optimizer as never, key: own },
          batch,
        ),
      );
      const together = update(
        stacked.params as never,
        stacked.optimizer as never,
        [random.key(1), random.key(2)] as never,
      );
      states.forEach((state, member) => {
        const alone = step.update(state, batch).state.params;
        tree.entries(alone).forEach(({ path, tensor }) => {
          const own = tf.gather(tree.at(path)(together.state.params) as tf.Tensor, member);
          expectNumbers(values(own), values(tensor), 1e-3);
        });
      });
    });
  });

  it('resumes from a checkpoint to the same bits', async () => {
    const { model, params, batch, loss } = regression();
    const optimizer = adam({ learningRate: 0.1 });
    const step = trainStep(loss, optimizer);
    const after = (count: number, from: ReturnType<typeof step.init>) =>
      Array.from({ length: count }).reduce<typeof from>((state) => step.update(state, batch).state, from);
    const half = after(2, step.init(params, key));
    const bytes = right(await checkpoint.toBytes(model)(half)());
    const loaded = right(await checkpoint.load(model, { optimizer })(bytes)());
    expect(readBits(after(2, loaded).params)).toEqual(readBits(after(2, half).params));
  });

  it('moves twice in a pass that applies it twice', () => {
    tf.tidy(() => {
      const twice = layer(
        { norm: batchNorm(2) },
        ({ norm }) =>
          (x: tf.Tensor) =>
            norm(norm(x)),
      );
      const model = bayesian()(twice);
      const params = model.init(key);
      const x = uniform([4, 2], 11);
      const first = train(batchNorm(2), params.norm, x);
      const second = train(batchNorm(2), { ...params.norm, ...first.statistics }, first.output);
      const { output, statistics } = withDivergence(model)(params, key, x);
      expectNumbers(values(output), values(second.output));
      expect(tree.leaves(statistics).map(values)).toEqual(tree.leaves(second.statistics).map(values));
    });
  });

  it('refuses one row in training, and inputs of another shape', () => {
    tf.tidy(() => {
      const params = someParams();
      expect(() => train(batchNorm(features), params, tf.zeros([1, features]))).toThrow(
        'batchNorm: input must be in training a tensor of more than one value per feature, got a float32 tensor of shape [1, 3]',
      );
      expect(train(batchNorm(features), params, tf.zeros([1, 2, features])).output.shape).toEqual([1, 2, 3]);
      expect(() => train(batchNorm(features), params, tf.zeros([3]))).toThrow(
        'batchNorm: input must be a tensor [batch, ..., features] of 3 features, got a float32 tensor of shape [3]',
      );
    });
  });
});

describeOnBackends('a statistic', () => {
  const counting = layer({ seen: statistic([]) }, ({ seen }) => (x: tf.Tensor) => {
    seen.record?.(tf.add(seen.value, x.shape[0]!));
    return tf.add(x, seen.value);
  });

  it('is recorded by withLogProbs and withDivergence alone', () => {
    tf.tidy(() => {
      const model = bayesian()(sequential(linear(2, 2), counting));
      const params = model.init(key);
      const x = tf.zeros([5, 2]);
      const estimators = [localReparametrization, flipout, posteriorMean].map((change) => change(model));
      for (const f of [withLogProbs(model), ...[model, ...estimators].map((own) => withDivergence(own))])
        expect(tree.map(values)(f(params, key, x).statistics)).toEqual({ 1: { seen: [5] } });
      expect('statistics' in withLogProbs(bayesian()(linear(2, 2)))(params[0], key, x)).toBe(false);
      expect(values(withDivergence(model)(params, key, x).divergence)).toEqual(
        values(withDivergence(bayesian()(sequential(linear(2, 2))))(params, key, x).divergence),
      );
      expect(values(params[1].seen)).toEqual([0]);
    });
  });

  it('is refused by trainStep if its samples were not averaged, and by valueAndGrad if it is not a tree', () => {
    tf.tidy(() => {
      const model = bayesian()(sequential(linear(2, 2), counting));
      const sampled = pipe(model, withDivergence, vmapSamples({ samples: 3 }));
      type Params = ReturnType<typeof model.init>;
      const loss = (params: Params, own: random.Key, x: tf.Tensor) => {
        const { divergence, ...others } = sampled(params, own, x);
        return {
          loss: tf.mean(divergence),
          ...('statistics' in others && { statistics: others.statistics }),
        };
      };
      const step = trainStep(loss, adam({ learningRate: 0.1 }));
      const state = step.init(model.init(key), key);
      expect(() => step.update(state, tf.zeros([5, 2]))).toThrow(
        "trainStep: '1.seen' in the statistics of the loss must be a tensor of shape [], averaged over samples, got a float32 tensor of shape [3]",
      );
      const odd = (params: tf.Tensor) => ({ loss: tf.sum(params), statistics: params as never });
      expect(() => valueAndGrad(odd)(tf.ones([2]))).toThrow(
        "valueAndGrad: part 'statistics' of the loss must be a tree of tensors, as elbo returns, got a float32 tensor",
      );
    });
  });

  it('refuses values of another shape, to read and to record', () => {
    tf.tidy(() => {
      const model = bayesian()(counting);
      expect(() => model.apply({ seen: tf.zeros([2]) } as never, key, tf.zeros([1]))).toThrow(
        "params: 'seen' must be a float32 tensor of shape [], got a float32 tensor of shape [2]",
      );
      expect(() => model.apply({} as never, key, tf.zeros([1]))).toThrow(
        "params: 'seen' must be a float32 tensor of shape [], got undefined",
      );
      const wrong = layer({ seen: statistic([2]) }, ({ seen }) => (x: tf.Tensor) => {
        seen.record?.(x);
        return x;
      });
      expect(() => train(wrong, { seen: tf.zeros([2]) }, tf.zeros([3]))).toThrow(
        "layer: the recorded value of 'seen' must be a float32 tensor of shape [2], got a float32 tensor of shape [3]",
      );
    });
  });
});

describe('statistics', () => {
  it('have no distribution: override and deterministic do not apply', () => {
    const net = sequential(linear(2, 2), batchNorm(2));
    // @ts-expect-error: a statistic has no options
    expect(() => override(net, { '1': { runningMean: { prior: normal() } } })).toThrow(
      "override: '1.runningMean' must be a variable or a layer, got",
    );
    // @ts-expect-error: a statistic is not a variable
    expect(() => deterministic(statistic([2]))).toThrow(
      'deterministic: part must be a shape, a variable or a layer, got',
    );
    const names = (of: Layer<unknown, Unary>) => bayesian()(of).network.sites.map(({ name }) => name);
    expect(names(deterministic(net))).toEqual(names(net));
    expect(
      bayesian()(override(net, { posterior: normal() })).network.statistics.map(({ name }) => name),
    ).toEqual(['1.runningMean', '1.runningVar']);
  });

  it('reject invalid arguments', () => {
    expect(() => statistic([0])).toThrow('statistic: shape must be an array of positive integers, got [0]');
    expect(() => statistic([2], { initialValue: Number.NaN })).toThrow(
      'statistic: initialValue must be a finite number, got NaN',
    );
    expect(() => batchNorm(0)).toThrow('batchNorm: features must be a positive integer, got 0');
    expect(() => batchNorm(2, { eps: -1 })).toThrow('batchNorm: eps must be a finite number of at least 0');
    expect(() => batchNorm(2, { momentum: 1.5 })).toThrow(
      'batchNorm: momentum must be a number from 0 to 1, got 1.5',
    );
  });
});
