import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bayesian,
  categorical,
  gaussian,
  layer,
  learnedNoise,
  likelihood,
  linear,
  localReparametrization,
  posteriorMean,
  predict,
  random,
  sequential,
  vmapSamples,
} from '../../src/index.ts';
import { describeOnBackends, runs } from '../support/backends.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { expectNumbers, values } from '../support/numbers.ts';
import { expectClose } from '../transforms/support/compare.ts';
import { inputsOf } from '../transforms/support/nets.ts';

const classifier = () => {
  const model = bayesian()(sequential(linear(3, 4), tf.relu, linear(4, 3)));
  return { model, params: model.init(random.key(0)), x: inputsOf(1, [7, 3]) };
};

const entropy = (probs: readonly number[]): number =>
  -probs.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);

const meanOver = (rows: readonly (readonly number[])[]): readonly number[] =>
  rows[0]!.map((_, at) => rows.reduce((sum, row) => sum + row[at]!, 0) / rows.length);

describeOnBackends('predict', () => {
  it('is the mean of class probabilities over samples, uncertainties by hand', () => {
    const { model, params, x } = classifier();
    const { mean, uncertainty } = predict(model, { likelihood: categorical(), samples: 6 })(
      params,
      random.key(1),
      x,
    );
    const each = tf
      .softmax(vmapSamples({ samples: 6 })(model)(params, random.key(1), x))
      .arraySync() as number[][][];
    const rows = each[0]!.map((_, row) => each.map((sample) => sample[row]!));
    const means = rows.map(meanOver);
    expectNumbers(values(mean), means.flat());
    const total = means.map(entropy);
    const aleatoric = rows.map((samples) => samples.reduce((sum, p) => sum + entropy(p), 0) / 6);
    expectNumbers(values(uncertainty.total), total);
    expectNumbers(values(uncertainty.aleatoric), aleatoric);
    expectNumbers(
      values(uncertainty.epistemic),
      total.map((all, at) => all - aleatoric[at]!),
    );
    expect([mean.shape, uncertainty.total.shape]).toEqual([[7, 3], [7]]);
    expect(values(uncertainty.epistemic).every((value) => value > 0)).toBe(true);
  });

  it('is mean and variance for a gaussian, the noise of the data apart', () => {
    const model = bayesian()(linear(3, 2));
    const params = model.init(random.key(0));
    const x = inputsOf(1, [5, 3]);
    const run = predict(model, { likelihood: gaussian({ std: 0.3 }), samples: 8 });
    const { mean, uncertainty } = run(params, random.key(1), x);
    const { mean: m, variance } = tf.moments(vmapSamples({ samples: 8 })(model)(params, random.key(1), x), 0);
    expectClose(mean, m);
    expectClose(uncertainty.epistemic, variance);
    expectNumbers(values(uncertainty.aleatoric), Array(10).fill(0.09));
    expectClose(uncertainty.total, tf.add(variance, 0.09));
    const noisy = bayesian()(sequential(linear(3, 2), learnedNoise(2, { std: 0.5 })));
    const own = predict(noisy, { likelihood: gaussian(), samples: 3 })(
      noisy.init(random.key(0)),
      random.key(1),
      x,
    );
    expect(own.mean.shape).toEqual([5, 2]);
    expectNumbers(values(own.uncertainty.aleatoric), Array(10).fill(0.25));
  });

  it('does not depend on chunk and batchSize', () => {
    const { model, params, x } = classifier();
    const run = (options: object) =>
      predict(model, { likelihood: categorical(), samples: 5, ...options })(params, random.key(1), x);
    const whole = run({ chunk: 5, batchSize: 7 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 9 }), (chunk, batchSize) => {
        tf.tidy(() => expectClose(run({ chunk, batchSize }), whole, 1e-5));
      }),
      { numRuns: runs(15), seed: 11 },
    );
  });

  it('is the same for the same key, another for another, and draws 100 samples unless told', () => {
    const { model, params, x } = classifier();
    const run = (seed: number, options: object = {}) =>
      values(predict(model, { likelihood: categorical(), ...options })(params, random.key(seed), x).mean);
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(run(1)).toEqual(run(1, { samples: 100, chunk: 10, batchSize: 1000 }));
  });

  it('takes several inputs, and options that have no rows', () => {
    const model = bayesian()(
      layer(
        { dense: linear(2, 2) },
        ({ dense }) =>
          (a: tf.Tensor, b: tf.Tensor, { scale }: { scale: number }) =>
            tf.mul(dense(tf.concat([a, b], 1)), scale),
      ),
    );
    const params = model.init(random.key(0));
    const [a, b] = [inputsOf(1, [5, 1]), inputsOf(2, [5, 1])];
    const run = (batchSize: number) =>
      predict(model, { likelihood: categorical(), samples: 3, batchSize })(params, random.key(1), a, b, {
        scale: 2,
      });
    expectClose(run(2), run(5), 1e-5);
  });

  it('takes rows from tensors in an options record as well', () => {
    const model = bayesian()(
      layer(
        { dense: linear(1, 2) },
        ({ dense }) =>
          (x: tf.Tensor, { mask }: { mask: tf.Tensor }) =>
            tf.mul(dense(x), mask),
      ),
    );
    const params = model.init(random.key(0));
    const x = inputsOf(1, [5, 1]);
    const mask = tf.tensor2d([[1], [0], [1], [0], [1]]);
    const run = (batchSize: number) =>
      predict(model, { likelihood: categorical(), samples: 3, batchSize })(params, random.key(1), x, {
        mask,
      });
    expectClose(run(2), run(5), 1e-5);
  });

  it('takes other estimators: the posterior mean has no ignorance', () => {
    const { model, params, x } = classifier();
    const options = { likelihood: categorical(), samples: 4 };
    const { mean, uncertainty } = predict(posteriorMean(model), options)(params, random.key(1), x);
    expectClose(mean, tf.softmax(posteriorMean(model).apply(params, random.key(0), x)));
    expectNumbers(values(uncertainty.epistemic), Array(7).fill(0));
    const local = predict(localReparametrization(model), options)(params, random.key(1), x);
    expect(local.mean.shape).toEqual([7, 3]);
  });

  it('leaves its result and nothing else, and nothing when it throws', () => {
    const { model, params, x } = classifier();
    const run = predict(model, { likelihood: categorical(), samples: 5, chunk: 2, batchSize: 3 });
    expectNoLeak(() => run(params, random.key(1), x));
    const wide = inputsOf(1, [7, 4]);
    expectNoLeak(() => {
      expect(() => run(params, random.key(1), wide)).toThrow(/linear: input/);
    });
  });

  it('refuses each bad argument by name', () => {
    const { model, params } = classifier();
    const good = { likelihood: categorical(), samples: 2 };
    for (const name of ['samples', 'chunk', 'batchSize'])
      for (const value of [0, -2, 1.5, Number.NaN, '3'])
        expect(() => predict(model, { ...good, [name]: value })).toThrow(
          `predict: ${name} must be a positive integer, got`,
        );
    expect(() => predict(linear(2, 1) as never, good as never)).toThrow(
      /predict: model must be what bayesian\(\) returns, got a Layer/,
    );
    expect(() => predict(model, { ...good, likelihood: 'categorical' as never })).toThrow(
      /predict: likelihood must be a likelihood, such as/,
    );
    const silent = likelihood({ name: 'silent', logProb: (output: tf.Tensor) => output });
    expect(() => predict(model, { ...good, likelihood: silent as never })).toThrow(
      /predict: likelihood must be one with a predictive distribution/,
    );
    const run = predict(model, good);
    expect(() => run(params, random.key(0), [[1, 2, 3]] as never)).toThrow(
      /predict: inputs must be at least one tensor with rows/,
    );
    expect(() => run(params, random.key(0), tf.scalar(1))).toThrow(
      /predict: inputs must be at least one tensor/,
    );
    expect(() => run(params, random.key(0), tf.zeros([0, 3]))).toThrow(/predict: inputs must be/);
    expect(() => run({} as never, random.key(0), tf.zeros([1, 3]))).toThrow(/params: '0.weight' must be/);
  });
});
