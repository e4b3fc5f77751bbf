import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { canReadSync } from '../../src/backend/canReadSync.ts';
import {
  batchNorm,
  bayesian,
  categorical,
  deterministic,
  dropout,
  gaussian,
  hamiltonianMonteCarlo,
  linear,
  poisson,
  predict,
  predictFromWeights,
  random,
  sequential,
} from '../../src/index.ts';
import { keyAt } from '../../src/transforms/forward.ts';
import { leaves, map } from '../../src/tree/index.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, take, values } from '../support/numbers.ts';
import { expectClose, expectSame } from '../transforms/support/compare.ts';
import { drawInputs } from '../transforms/support/nets.ts';

const key = random.key(3);
const net = sequential(linear(2, 4), (x: tf.Tensor) => tf.tanh(x), linear(4, 3));
const model = bayesian()(net);

/** Parameters, and the weights that `predict` samples from them, `[samples, ...]`. */
const sampled = (samples: number) => {
  const params = model.init(random.key(1));
  const keys = Array.from({ length: samples }, (_, s) => random.foldIn(key, s));
  const all = new Map(
    model.network.sites.map((site) => {
      const own = site.path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], params);
      return [
        site.name,
        tf.stack(keys.map((each) => site.posterior.sample(own, keyAt(site.path)(each)))),
      ] as const;
    }),
  );
  const at = (name: string) => all.get(name)!;
  const weights = {
    0: { weight: at('0.weight'), bias: at('0.bias') },
    2: { weight: at('2.weight'), bias: at('2.bias') },
  };
  return { params, weights };
};

describeOnBackends('predictFromWeights', () => {
  it('is predict on the weights that predict samples, with all its options', () => {
    const { params, weights } = sampled(6);
    const x = drawInputs(4, [5, 2]);
    const targets = drawInputs(5, [5, 3]);
    const asked = { logProb: targets, cdf: targets, quantiles: [0.1, 0.7], interval: 0.9 } as const;
    const likelihood = gaussian({ std: 0.3 });
    const expected = predict(model, { likelihood, samples: 6, ...asked })(params, key, x);
    for (const sizes of [{}, { chunk: 4, batchSize: 2 }])
      expectClose(
        predictFromWeights(model, { likelihood, ...asked, ...sizes })(weights, key, x),
        expected,
        1e-4,
      );
    expectClose(
      predictFromWeights(model, { likelihood: categorical() })(weights, key, x),
      predict(model, { likelihood: categorical(), samples: 6 })(params, key, x),
    );
  });

  it('takes chains and their samples as one set', () => {
    const { weights } = sampled(6);
    const x = drawInputs(4, [5, 2]);
    const chains = map((w) => tf.reshape(w, [2, 3, ...w.shape.slice(1)]))(weights);
    const run = predictFromWeights(model, { likelihood: poisson() });
    expectSame(run(chains, key, x), run(weights, key, x));
  });

  it('takes the draws of hamiltonianMonteCarlo: the mean of their outputs', () => {
    const line = bayesian()(linear(2, 1));
    const batch = { inputs: drawInputs(1, [4, 2]), targets: drawInputs(2, [4, 1]) };
    const likelihood = gaussian({ std: 0.5 });
    const sizes = { samples: 4, warmup: 3, chains: 2, leapfrogSteps: 2 };
    const { weights } = hamiltonianMonteCarlo(line, { likelihood, ...sizes })(key, batch);
    const { mean, uncertainty } = predictFromWeights(line, { likelihood })(weights, key, batch.inputs);
    const [w, b] = [tf.reshape(weights.weight, [8, 2, 1]), tf.reshape(weights.bias, [8, 1, 1])];
    const outputs = tf.add(tf.matMul(tf.tile(tf.expandDims(batch.inputs, 0), [8, 1, 1]), w), b);
    const { mean: average, variance } = tf.moments(outputs, 0);
    expectClose([mean, uncertainty.epistemic], [average, variance], 1e-4);
  });

  it('runs without dropout, on statistics of each sample, and takes values of point masses', () => {
    const plain = bayesian()(deterministic(sequential(batchNorm(2, { affine: false }), dropout(0.9))));
    const weights = {
      0: {
        runningMean: tf.tensor2d([1, 2, 3, 4], [2, 2]),
        runningVar: tf.ones([2, 2]),
        batches: tf.zeros([2]),
      },
    };
    const names = Object.keys((plain.init(key) as { readonly 0: object })[0]);
    const own = {
      0: Object.fromEntries(Object.entries(weights[0]).filter(([name]) => names.includes(name))),
    };
    const { mean } = predictFromWeights(plain, { likelihood: gaussian({ std: 1 }) })(
      own as never,
      key,
      tf.zeros([1, 2]),
    );
    expectNumbers(take(mean), [-2, -3], 1e-4);
    const line = bayesian()(deterministic(linear(1, 1)));
    const values3 = { weight: { value: tf.tensor3d([1, 3], [2, 1, 1]) }, bias: { value: tf.zeros([2, 1]) } };
    const predicted = predictFromWeights(line, { likelihood: gaussian({ std: 1 }) })(
      values3 as never,
      key,
      tf.ones([1, 1]),
    );
    expectNumbers(take(predicted.mean), [2]);
  });

  it('refuses weights that do not fit, by name, and other misuse', () => {
    const { weights } = sampled(2);
    const x = drawInputs(4, [5, 2]);
    const run = predictFromWeights(model, { likelihood: gaussian({ std: 1 }) });
    const calls: readonly (readonly [() => unknown, string])[] = [
      [
        () => predictFromWeights(net as never, { likelihood: gaussian({ std: 1 }) as never }),
        'predictFromWeights: model must be',
      ],
      [
        () => predictFromWeights(model, { likelihood: model as never }),
        'predictFromWeights: likelihood must be',
      ],
      [
        () => predictFromWeights(model, { likelihood: gaussian({ std: 1 }), samples: 3 } as never),
        "predictFromWeights: unknown option 'samples'",
      ],
      [
        () => predictFromWeights(model, { likelihood: gaussian({ std: 1 }), quantiles: [2] }),
        'predictFromWeights: quantiles must be',
      ],
      [
        () => predictFromWeights(model, { likelihood: gaussian({ std: 1 }), chunk: 0 }),
        'predictFromWeights: chunk must be',
      ],
      [
        () => run(map((w) => tf.squeeze(tf.slice(w, 0, 1), [0]))(weights), key, x),
        "predictFromWeights: weights, '0.weight' must be a float32 tensor of shape [samples, 2, 4], got",
      ],
      [
        () => run({ ...weights, 2: { ...weights[2], bias: tf.zeros([3, 3]) } }, key, x),
        "predictFromWeights: weights, '2.bias' must be a float32 tensor of shape [2, 3]",
      ],
      [() => run({ 0: weights[0] } as never, key, x), "predictFromWeights: weights, '2.weight' must be"],
      [() => run(weights, 0 as never, x), 'predictFromWeights: key must be'],
    ];
    for (const [call, message] of calls) expect(call).toThrow(message);
    // A GPU is not read.
    if (canReadSync())
      expect(() => run(weights, key, tf.fill([5, 2], Number.NaN))).toThrow('predictFromWeights: inputs');
    const empty = bayesian()(sequential((y: tf.Tensor) => tf.relu(y)));
    expect(() =>
      predictFromWeights(empty, { likelihood: gaussian({ std: 1 }) } as never)({} as never, key, x as never),
    ).toThrow('predictFromWeights: model must be one with at least one variable');
  });

  it('keeps the weights, and leaves no tensors behind', () => {
    const { weights } = sampled(3);
    const x = drawInputs(4, [5, 2]);
    const run = predictFromWeights(model, { likelihood: gaussian({ std: 1 }), interval: 0.5 });
    expectNoLeak(() => run(weights, key, x));
    expect(leaves(weights).every((w) => !w.isDisposed)).toBe(true);
    expect(values(weights[0].bias).length).toBe(12);
  });
});
